import {
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from "graphql";
import type { FieldPlan } from "./plan.ts";

/**
 * The object type that an abstract type was resolved to.
 *
 * @throws GraphQLError, in the words of graphql-js, if it is not the name of a possible type.
 */
export const runtimeTypeOf = (
  name: unknown,
  abstract: GraphQLAbstractType,
  { nodes, parentType, definition }: FieldPlan,
  schema: GraphQLSchema,
): GraphQLObjectType => {
  const field = `field "${parentType.name}.${definition.name}"`;
  if (name === null || name === undefined) {
    throw new GraphQLError(
      `Abstract type "${abstract.name}" must resolve to an Object type at runtime for ${field}. Either the "${abstract.name}" type ` +
        `should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    );
  }
  if (typeof name !== "string") {
    const message = `Abstract type "${abstract.name}" must resolve to the name of an Object type at runtime for ${field}`;
    throw new GraphQLError(`${message}; received ${typeof name}.`, { nodes });
  }
  const type = schema.getType(name);
  if (type === undefined) {
    const message = `Abstract type "${abstract.name}" was resolved to a type "${name}" that does not exist inside the schema.`;
    throw new GraphQLError(message, { nodes });
  }
  if (!isObjectType(type)) {
    throw new GraphQLError(`Abstract type "${abstract.name}" was resolved to a non-object type "${name}".`, { nodes });
  }
  if (!schema.isSubType(abstract, type)) {
    throw new GraphQLError(`Runtime Object type "${name}" is not a possible type for "${abstract.name}".`, { nodes });
  }
  return type;
};

/** A type's `isTypeOf` does not take a value. The value itself is not repeated: errors go to clients. */
export const wrongTypeError = (type: GraphQLObjectType, { nodes }: FieldPlan): GraphQLError =>
  new GraphQLError(`Expected value of type "${type.name}" but got another one.`, { nodes });
