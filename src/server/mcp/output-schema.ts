import {
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Fragments } from "../admission/selections.ts";
import { type JsonSchema, leafSchema, orNull, type ObjectSchema } from "./json-schema.ts";

/** Selections on one type. */
interface Part {
  readonly set: SelectionSetNode;
  readonly type: GraphQLCompositeType;
  /** Whether the selections may not apply: another type, or a condition. */
  readonly optional: boolean;
}

/** One member of a result. */
interface Member {
  /** Undefined for `__typename`. */
  readonly field: GraphQLField<unknown, unknown> | undefined;
  readonly optional: boolean;
  readonly parts: readonly Part[];
}

/** The response to an operation: `data` follows the selection, `errors` has what is missing in it, `note` is about the call. */
export const outputSchemaOf = (
  schema: GraphQLSchema,
  fragments: Fragments,
  { operation, selectionSet }: OperationDefinitionNode,
): ObjectSchema => {
  const type = schema.getRootType(operation);
  const data =
    type == null ? {} : createSelectionSchema(schema, fragments)([{ set: selectionSet, type, optional: false }]);
  return { type: "object", properties: { data, errors: ERRORS, note: { type: "string" } }, required: ["data"] };
};

const ERRORS: JsonSchema = {
  type: "array",
  description: "Why fields of `data` are null.",
  items: {
    type: "object",
    properties: {
      code: { type: "string" },
      message: { type: "string" },
      path: { type: "array", items: { type: ["string", "integer"] } },
      retryAfterSeconds: { type: "integer" },
    },
    required: ["code", "message"],
  },
};

const createSelectionSchema = (schema: GraphQLSchema, fragments: Fragments) => {
  /** The members that selections have, through their fragments. */
  const membersOf = (parts: readonly Part[]): ReadonlyMap<string, Member> => {
    const members = new Map<string, Member>();
    const add = (key: string, { field, optional, parts: below }: Member) => {
      const known = members.get(key);
      members.set(key, {
        field: known?.field ?? field,
        optional: (known?.optional ?? true) && optional,
        parts: [...(known?.parts ?? []), ...below],
      });
    };
    const walk = ({ set, type, optional }: Part): void => {
      for (const node of set.selections) {
        const mayLack = optional || (node.directives?.length ?? 0) > 0;
        if (node.kind === Kind.FIELD) {
          const field = isUnionType(type) ? undefined : type.getFields()[node.name.value];
          const below: unknown = field && getNamedType(field.type);
          const { selectionSet } = node;
          const deeper =
            selectionSet === undefined || !isCompositeType(below)
              ? []
              : [{ set: selectionSet, type: below, optional: mayLack }];
          add((node.alias ?? node.name).value, { field, optional: mayLack, parts: deeper });
          continue;
        }
        const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
        if (fragment === undefined) continue;
        const condition: unknown =
          fragment.typeCondition === undefined ? type : schema.getType(fragment.typeCondition.name.value);
        if (!isCompositeType(condition)) continue;
        walk({ set: fragment.selectionSet, type: condition, optional: mayLack || !always(type, condition) });
      }
    };
    parts.forEach(walk);
    return members;
  };

  /** Whether every object of the type satisfies the condition. */
  const always = (type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean =>
    type === condition || (isAbstractType(condition) && isObjectType(type) && schema.isSubType(condition, type));

  const typeSchema = (type: GraphQLOutputType, parts: readonly Part[]): JsonSchema => {
    if (isNonNullType(type)) return bareSchema(type.ofType, parts);
    return orNull(bareSchema(type, parts));
  };

  const bareSchema = (type: GraphQLOutputType, parts: readonly Part[]): JsonSchema => {
    if (isListType(type)) return { type: "array", items: typeSchema(type.ofType, parts) };
    return isLeafType(type) ? leafSchema(type) : objectSchema(parts);
  };

  /** Where nothing else selects the object, it is there only if its own selections apply. */
  const objectSchema = (parts: readonly Part[]): ObjectSchema => {
    const members = [...membersOf(parts.length === 1 ? parts.map((part) => ({ ...part, optional: false })) : parts)];
    return {
      type: "object",
      properties: Object.fromEntries(
        members.map(([key, { field, parts: below }]) => [
          key,
          field === undefined ? { type: "string" } : typeSchema(field.type, below),
        ]),
      ),
      required: members.filter(([, { optional }]) => !optional).map(([key]) => key),
    };
  };

  return objectSchema;
};
