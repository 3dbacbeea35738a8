import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
} from "graphql";

/** Converts a resolved value, neither null nor undefined, to its form in the response. Throws if it does not fit the type. */
export type Serialize = (value: unknown) => unknown;

/** The serializer of a type, with a short way for the values that need no conversion. */
export const createSerializer = (type: GraphQLLeafType): Serialize => {
  const convert: Serialize = (value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized !== null && serialized !== undefined) return serialized;
    throw new Error(
      `${type.name} serialized a value to ${String(serialized)}; a serializer must return a value or throw.`,
    );
  };
  if (type === GraphQLString || type === GraphQLID)
    return (value) => (typeof value === "string" ? value : convert(value));
  if (type === GraphQLBoolean) return (value) => (typeof value === "boolean" ? value : convert(value));
  if (type === GraphQLFloat) {
    return (value) => (typeof value === "number" && Number.isFinite(value) ? value : convert(value));
  }
  // oxlint-disable-next-line unicorn/prefer-math-trunc -- wraps to 32 bits, which a value within the range survives
  if (type === GraphQLInt)
    return (value) => (typeof value === "number" && (value | 0) === value ? value : convert(value));
  if (!(type instanceof GraphQLEnumType)) return convert;
  const names = new Map<unknown, string>(type.getValues().map(({ value, name }) => [value, name]));
  return (value) => names.get(value) ?? convert(value);
};
