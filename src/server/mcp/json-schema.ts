import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from "graphql";

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** A JSON Schema, or a part of one. */
export type JsonSchema = { [keyword: string]: JsonValue };

/** The JSON Schema of an object. */
export interface ObjectSchema extends JsonSchema {
  type: "object";
  properties: { [name: string]: JsonSchema };
  required: string[];
}

/** All other scalars of the schema are strings in JSON. */
const TYPES: Readonly<Record<string, string>> = { Int: "integer", Float: "number", Boolean: "boolean" };

/** Returns the JSON Schema of a scalar or an enum. */
export const leafSchema = (type: GraphQLLeafType): JsonSchema =>
  isEnumType(type)
    ? { type: "string", enum: type.getValues().map(({ name }) => name) }
    : { type: TYPES[type.name] ?? "string" };

/** The sentence that says how a scalar of this schema is written, such as a date; empty for the scalars of GraphQL itself. */
export const notationOf = (type: GraphQLLeafType): string =>
  isEnumType(type) || isSpecifiedScalarType(type) ? "" : (type.description ?? "");

/** Returns the JSON Schema that also accepts null. */
export const orNull = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  type: [schema["type"] ?? null, "null"],
  ...(Array.isArray(schema["enum"]) ? { enum: [...schema["enum"], null] } : {}),
});
