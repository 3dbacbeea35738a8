/** Marks a value that the gateway reported and that cannot be read. Null means that it reported none. */
export const UNREADABLE: unique symbol = Symbol("unreadable");
export type Unreadable = typeof UNREADABLE;
