import {
  type FieldNode,
  getNamedType,
  getNullableType,
  getVariableValues,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from "graphql";
import { directivesOf, type ListSize } from "../../schema/kernel/directives.ts";
import {
  type Amount,
  type ArgumentValue,
  argumentValueOf,
  evaluate,
  maximum,
  memoize,
  presence,
  sum,
  times,
} from "./cost-values.ts";
import { createSelectionReducer, type Fragments, type ReduceSelections } from "./selections.ts";

/** Returns the cost of an operation with these variables. Returns 0 if they fail type coercion; the executor rejects the operation. */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number;

/** The length of a list that has no `@listSize`. */
const DEFAULT_LIST_SIZE = 10;
/** The description of the schema is rendered for each request, and is long. */
const INTROSPECTION: Readonly<Record<string, number>> = { __schema: 1_000, __type: 50 };

/** The cost of a selection: a fixed part, and a part for each row of the page that the selection is on. */
interface SelectionCost {
  readonly fixed: Amount;
  readonly perRow: Amount;
}

/** The object type that selections are on, and its fields that stand for the rows of a page. */
interface TypeScope {
  readonly type: GraphQLObjectType;
  readonly sizedFields: readonly string[];
}

/**
 * Compiles the cost of an operation of a valid document. A field costs the weight that the schema gives it, each time it is
 * resolved; every object costs 1, and so does every row that is read for a page. A field that is selected twice counts twice, and
 * an abstract type costs as much as the most expensive of its types.
 */
export const compileCost = (
  schema: GraphQLSchema,
  fragments: Fragments,
  operation: OperationDefinitionNode,
): CostOf => {
  const used = new Set<string>();
  const cost = createMeasure(schema, fragments, (variable) => used.add(variable))(operation);
  if (typeof cost === "number") return () => cost;
  const definitions = operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  return (values) => {
    const { coerced: variables } = getVariableValues(schema, definitions, values);
    return variables === undefined ? 0 : evaluate(cost, { variables, known: new Map() });
  };
};

const createMeasure = (schema: GraphQLSchema, fragments: Fragments, use: (variable: string) => void) => {
  const valueOf = (node: FieldNode, argument: GraphQLArgument): ArgumentValue => {
    const value = argumentValueOf(node, argument);
    value.uses.forEach(use);
    return value;
  };

  const amountOf = ({ read, uses }: ArgumentValue, count: (value: unknown) => number): Amount =>
    uses.length === 0 ? count(read({})) : ({ variables }) => count(read(variables));

  const typesOf = (type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
    isObjectType(type) ? [type] : schema.getPossibleTypes(type);

  const measure: ReduceSelections<SelectionCost, TypeScope> = createSelectionReducer<SelectionCost, TypeScope>(
    fragments,
    {
      field(node, { type, sizedFields }) {
        const field = type.getFields()[node.name.value];
        if (field === undefined) return { fixed: INTROSPECTION[node.name.value] ?? 0, perRow: 0 };
        return sizedFields.includes(field.name)
          ? { fixed: weightOf(field) ?? 0, perRow: objectCost(node, field) }
          : { fixed: fieldCost(node, field), perRow: 0 };
      },
      combine: (costs) => ({
        fixed: sum(costs.map(({ fixed }) => fixed)),
        perRow: sum(costs.map(({ perRow }) => perRow)),
      }),
      empty: { fixed: 0, perRow: 0 },
      applies(typeCondition, { type }) {
        const condition = typeCondition === undefined ? type : schema.getType(typeCondition);
        return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
      },
      withDirectives({ fixed, perRow }, directives) {
        const present = presence(directives, use);
        return { fixed: times(present, fixed), perRow: times(present, perRow) };
      },
      scopeKey: ({ type, sizedFields }) => `${type.name} ${sizedFields.join()}`,
      share: ({ fixed, perRow }) => ({ fixed: memoize(fixed), perRow: memoize(perRow) }),
    },
  );

  const selectionCost = ({ selectionSet }: FieldNode, type: GraphQLObjectType): Amount =>
    measure(selectionSet, { type, sizedFields: [] }).fixed;

  /** The cost of one object of a list, with its selections. */
  const objectCost = (node: FieldNode, field: Field): Amount => {
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return 0;
    return sum([1, maximum(typesOf(type).map((each) => selectionCost(node, each)))]);
  };

  const fieldCost = (node: FieldNode, field: Field): Amount => {
    const weight = weightOf(field);
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return weight ?? 0;
    if (isListType(getNullableType(field.type))) return sum([weight ?? 0, listCost(node, field, type)]);
    const { sizedFields = [] } = listSizeOf(field);
    const costs = typesOf(type).map((each) => measure(node.selectionSet, { type: each, sizedFields }));
    const fixed = maximum(costs.map((cost) => cost.fixed));
    if (sizedFields.length === 0) return sum([weight ?? 1, fixed]);
    const row = sum([1, maximum(costs.map((cost) => cost.perRow))]);
    return sum([weight ?? 1, fixed, times(sizeOf(node, field), row)]);
  };

  const listCost = (node: FieldNode, field: Field, type: GraphQLCompositeType): Amount => {
    // A list with a required list argument has one item for each item of the argument.
    const itemized = field.args.find(({ type: each }) => isNonNullType(each) && isListType(each.ofType));
    if (itemized === undefined) return times(sizeOf(node, field), objectCost(node, field));
    const list = valueOf(node, itemized);
    if (!isAbstractType(type)) return times(amountOf(list, lengthOf), objectCost(node, field));
    const highest = memoize(objectCost(node, field));
    const byTypeName = new Map(typesOf(type).map((each) => [each.name, memoize(sum([1, selectionCost(node, each)]))]));
    return (context) => {
      const values = list.read(context.variables);
      if (!Array.isArray(values)) return 0;
      return values.reduce<number>(
        (total, value) => total + evaluate(byTypeName.get(typeNameIn(value)) ?? highest, context),
        0,
      );
    };
  };

  const sizeOf = (node: FieldNode, field: Field): Amount => {
    const { slicingArguments = [], assumedSize = DEFAULT_LIST_SIZE } = listSizeOf(field);
    const sizes = field.args
      .filter(({ name }) => slicingArguments.includes(name))
      .map((argument) =>
        amountOf(valueOf(node, argument), (value) => (typeof value === "number" ? value : assumedSize)),
      );
    return sizes.length === 0 ? assumedSize : maximum(sizes);
  };

  return ({ operation, selectionSet }: OperationDefinitionNode): Amount => {
    const type = schema.getRootType(operation);
    return type == null ? 0 : measure(selectionSet, { type, sizedFields: [] }).fixed;
  };
};

type Field = GraphQLField<unknown, unknown>;

const weightOf = (field: Field): number | undefined => {
  const weight = directivesOf(field)["cost"]?.[0]?.["weight"];
  return typeof weight === "number" ? weight : undefined;
};

const listSizeOf = (field: Field): ListSize => directivesOf(field)["listSize"]?.[0] ?? {};

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

const typeNameIn = (value: unknown): string =>
  typeof value === "object" && value !== null && "__typename" in value ? String(value.__typename) : "";
