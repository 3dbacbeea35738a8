/** Marks a value that the gateway reported and that cannot be read. Null means that it reported none. */
export const UNREADABLE: unique symbol = Symbol("unreadable");
export type Unreadable = typeof UNREADABLE;

/** The value of a reader who needs no more than a value: null if there is none that can be read. */
export const readableOrNull = <Value>(value: Value | Unreadable): Value | null => (value === UNREADABLE ? null : value);
