import {
  type DocumentNode,
  getNamedType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { type JsonSchema, type JsonValue, leafSchema, notationOf, type ObjectSchema } from "./json-schema.ts";

/**
 * Returns the JSON Schema of an operation's variables, except `hidden` ones. A variable is described by its own description, or by that
 * of the argument or input field that it fills.
 */
export const inputSchemaOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  hidden: readonly string[],
): ObjectSchema => {
  const uses = descriptionsOfUses(schema, document);
  const definitions = (operation.variableDefinitions ?? []).filter(
    ({ variable }) => !hidden.includes(variable.name.value),
  );
  const properties = definitions.flatMap(({ variable, type: node, description, defaultValue }) => {
    const name = variable.name.value;
    const type: unknown = typeFromAST(schema, node);
    if (!isInputType(type)) return [];
    const own = description?.value ?? uses.get(name);
    const initial = defaultValue === undefined ? {} : { default: valueFromASTUntyped(defaultValue) as JsonValue };
    return [[name, { ...described(type, own), ...initial }] as const];
  });
  const required = definitions.filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: required.map(({ variable }) => variable.name.value),
    additionalProperties: false,
  };
};

/** The schema of a type, with the description of what it is used for and the notation of its scalar. */
const described = (
  type: GraphQLInputType,
  use: string | null | undefined,
  parents: readonly string[] = [],
): JsonSchema => {
  const named = getNamedType(type);
  const notation = isLeafType(named) ? notationOf(named) : "";
  const description = [use, notation].filter((sentence) => sentence).join(" ");
  return { ...typeSchema(type, parents), ...(description === "" ? {} : { description }) };
};

const typeSchema = (type: GraphQLInputType, parents: readonly string[]): JsonSchema => {
  if (isNonNullType(type)) return typeSchema(type.ofType, parents);
  if (isListType(type)) return { type: "array", items: typeSchema(type.ofType, parents) };
  return isInputObjectType(type) ? objectSchema(type, parents) : leafSchema(type);
};

/** An input object that contains itself is described down to itself. */
const objectSchema = (type: GraphQLInputObjectType, parents: readonly string[]): JsonSchema => {
  if (parents.includes(type.name)) return { type: "object" };
  const fields = Object.values(type.getFields());
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map((field) => [field.name, described(field.type, field.description, [...parents, type.name])]),
    ),
    required: fields.filter(isRequiredInputField).map(({ name }) => name),
    additionalProperties: false,
    ...(type.isOneOf ? { minProperties: 1, maxProperties: 1 } : {}),
  };
};

/** The descriptions of the arguments and input fields that variables fill. */
const descriptionsOfUses = (schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const info = new TypeInfo(schema);
  const note = (name: string, description: string | null | undefined) => {
    if (description != null && !found.has(name)) found.set(name, description);
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      Argument({ value }) {
        if (value.kind === Kind.VARIABLE) note(value.name.value, info.getArgument()?.description);
      },
      ObjectField({ name, value }) {
        const parent: unknown = getNamedType(info.getParentInputType());
        if (value.kind === Kind.VARIABLE && isInputObjectType(parent))
          note(value.name.value, parent.getFields()[name.value]?.description);
      },
    }),
  );
  return found;
};
