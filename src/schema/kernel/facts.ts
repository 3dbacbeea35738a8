import { GraphQLError } from "graphql";

/** What a key stood for, or an error that says the gateway does not know the key. */
export const requireFound = <Value>(value: Value | null | undefined, type: string, key: string): Value => {
  if (value !== null && value !== undefined) return value;
  throw new GraphQLError(`The gateway knows no ${type} ${key}.`, { extensions: { code: "NOT_FOUND" } });
};

/** A member that the contract promises, or an error that says the gateway left it out. */
export const requireReported = <Value>(value: Value | null, member: string): Value => {
  if (value !== null) return value;
  throw new GraphQLError(`The gateway did not tell ${member}.`, { extensions: { code: "UPSTREAM_INVALID_RESPONSE" } });
};

/** Applies `pick` now where the value is there, later where it has to be read. */
export const mapMaybePromise = <Value, Fact>(
  value: Value | Promise<Value>,
  pick: (value: Value) => Fact,
): Fact | Promise<Fact> => (value instanceof Promise ? value.then(pick) : pick(value));
