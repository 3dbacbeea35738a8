/** Stands in place of a value that the gateway reports and nobody can read. It is not the same as none, which null says. */
export const UNREADABLE: unique symbol = Symbol("unreadable");
export type Unreadable = typeof UNREADABLE;
