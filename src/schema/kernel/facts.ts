import { GraphQLError } from "graphql";
import { isDeviceSN } from "../../contract/scalars.ts";
import { UNREADABLE, type Unreadable } from "../../contract/unreadable.ts";

/**
 * Returns the value that a key identifies.
 * @throws a GraphQLError with the code NOT_FOUND if there is no such value.
 */
export const requireFound = <Value>(value: Value | null | undefined, type: string, key: string): Value => {
  if (value !== null && value !== undefined) return value;
  const message =
    type === "Device" && !isDeviceSN(key)
      ? `The gateway cannot be asked for the device ${key}: its requests name devices by 6 to 32 letters, digits or hyphens.`
      : `The gateway has no ${type.toLowerCase()} ${key}.`;
  throw new GraphQLError(message, { extensions: { code: "NOT_FOUND" } });
};

/**
 * Returns a member that the contract promises; `field` is its name in the schema.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway left the member out.
 */
export const requireReported = <Value>(value: Value | null, field: string): Value => {
  if (value !== null) return value;
  throw new GraphQLError(`The gateway must report \`${field}\`; its response has none that can be read.`, {
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  });
};

/**
 * Returns a member whose null means "none"; `field` is its name in the schema.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway reports a value that cannot be read.
 */
export const requireReadable = <Value>(value: Value | Unreadable, field: string): Value => {
  if (value !== UNREADABLE) return value;
  throw new GraphQLError(`The gateway's response has a value for \`${field}\` that cannot be read.`, {
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  });
};

/**
 * Returns the items of a list that may be absent from a record; `field` is its name in the schema. Only null and an empty list are none.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway does not report the list, or one that cannot be read.
 */
export const requireList = <List extends readonly unknown[]>(
  list: List | null | undefined | Unreadable,
  field: string,
): List | readonly [] =>
  list === undefined ? requireReported<List>(null, field) : (requireReadable(list, field) ?? []);

/** Applies `pick` to the value immediately, or to the value of the promise when it resolves. */
export const mapMaybePromise = <Value, Result>(
  value: Value | Promise<Value>,
  pick: (value: Value) => Result,
): Result | Promise<Result> => (value instanceof Promise ? value.then(pick) : pick(value));
