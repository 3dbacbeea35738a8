import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
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
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { directivesOf, type ListSize } from "../../schema/kernel/directives.ts";
import {
  type Amount,
  type ArgumentValue,
  argumentValueOf,
  maximum,
  memoize,
  presence,
  evaluate,
  sum,
  times,
} from "./cost-values.ts";

/** What an operation costs with these variables. Where they do not fit their types it is 0: whoever executes it refuses them. */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number;

/** Of a list whose length nothing tells. */
const UNSIZED = 10;
/** The description of the schema is made anew for each that asks, and is long. */
const INTROSPECTION: Readonly<Record<string, number>> = { __schema: 1_000, __type: 50 };

/** What a selection costs: once, and for each row of the page that it is selected on. */
interface Measured {
  readonly once: Amount;
  readonly perRow: Amount;
}

/**
 * Prepares the cost of an operation of a valid document. A field costs the weight that the schema gives it, each time it is
 * resolved; every object costs 1, and so does every row that is read for a page. A field that is asked for twice counts twice,
 * an abstract type as the most expensive of its types. Each fragment is measured once for each type.
 */
export const compileCost = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostOf => {
  const uses = new Set<string>();
  const cost = createMeasure(schema, document, (variable) => uses.add(variable))(operation);
  if (typeof cost === "number") return () => cost;
  const definitions = operation.variableDefinitions?.filter(({ variable }) => uses.has(variable.name.value)) ?? [];
  return (given) => {
    const { coerced: variables } = getVariableValues(schema, definitions, given);
    return variables === undefined ? 0 : evaluate(cost, { variables, known: new Map() });
  };
};

const createMeasure = (schema: GraphQLSchema, document: DocumentNode, use: (variable: string) => void) => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const measured = new Map<string, Measured>();

  const given = (node: FieldNode, argument: GraphQLArgument): ArgumentValue => {
    const found = argumentValueOf(node, argument);
    found.uses.forEach(use);
    return found;
  };

  const amountOf = ({ read: value, uses }: ArgumentValue, count: (value: unknown) => number): Amount =>
    uses.length === 0 ? count(value({})) : ({ variables }) => count(value(variables));

  const isAbout = (condition: string | undefined, type: GraphQLObjectType): boolean => {
    const named = condition === undefined ? type : schema.getType(condition);
    return named === type || (isAbstractType(named) && schema.isSubType(named, type));
  };

  const ofSet = (set: SelectionSetNode | undefined, type: GraphQLObjectType, sized: readonly string[]): Measured => {
    const parts = (set?.selections ?? []).map((node) => ofSelection(node, type, sized));
    return { once: sum(parts.map((part) => part.once)), perRow: sum(parts.map((part) => part.perRow)) };
  };

  const ofSelection = (node: SelectionNode, type: GraphQLObjectType, sized: readonly string[]): Measured => {
    const present = presence(node.directives ?? [], use);
    const inner = ofNode(node, type, sized);
    return present === 1 ? inner : { once: times(present, inner.once), perRow: times(present, inner.perRow) };
  };

  const ofNode = (node: SelectionNode, type: GraphQLObjectType, sized: readonly string[]): Measured => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value, type, sized);
    if (node.kind === Kind.INLINE_FRAGMENT) {
      return isAbout(node.typeCondition?.name.value, type) ? ofSet(node.selectionSet, type, sized) : NOTHING;
    }
    const field = type.getFields()[node.name.value];
    if (field === undefined) return { once: INTROSPECTION[node.name.value] ?? 0, perRow: 0 };
    return sized.includes(field.name)
      ? { once: weightOf(field) ?? 0, perRow: ofObject(node, field) }
      : { once: ofField(node, field), perRow: 0 };
  };

  const ofFragment = (name: string, type: GraphQLObjectType, sized: readonly string[]): Measured => {
    const key = `${name} ${type.name} ${sized.join()}`;
    const known = measured.get(key);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    const found = isAbout(fragment?.typeCondition.name.value, type)
      ? ofSet(fragment?.selectionSet, type, sized)
      : NOTHING;
    const kept = { once: memoize(found.once), perRow: memoize(found.perRow) };
    measured.set(key, kept);
    return kept;
  };

  const typesOf = (type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
    isObjectType(type) ? [type] : schema.getPossibleTypes(type);

  /** One object of a list, with all that is selected on it. */
  const ofObject = (node: FieldNode, field: Field): Amount => {
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return 0;
    return sum([1, maximum(typesOf(type).map((each) => ofSet(node.selectionSet, each, []).once))]);
  };

  const ofField = (node: FieldNode, field: Field): Amount => {
    const weight = weightOf(field);
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return weight ?? 0;
    if (isListType(getNullableType(field.type))) return sum([weight ?? 0, ofList(node, field, type)]);
    const { sizedFields = [] } = listSizeOf(field);
    const parts = typesOf(type).map((each) => ofSet(node.selectionSet, each, sizedFields));
    const inner = maximum(parts.map((part) => part.once));
    if (sizedFields.length === 0) return sum([weight ?? 1, inner]);
    const row = sum([1, maximum(parts.map((part) => part.perRow))]);
    return sum([weight ?? 1, inner, times(sizeOf(node, field), row)]);
  };

  const ofList = (node: FieldNode, field: Field, type: GraphQLCompositeType): Amount => {
    const answered = field.args.find(({ type: each }) => isNonNullType(each) && isListType(each.ofType));
    if (answered === undefined) return times(sizeOf(node, field), ofObject(node, field));
    const list = given(node, answered);
    if (!isAbstractType(type)) return times(amountOf(list, lengthOf), ofObject(node, field));
    const dearest = memoize(ofObject(node, field));
    const byName = new Map(
      typesOf(type).map((each) => [each.name, memoize(sum([1, ofSet(node.selectionSet, each, []).once]))]),
    );
    return (reading) => {
      const values = list.read(reading.variables);
      if (!Array.isArray(values)) return 0;
      return values.reduce<number>(
        (total, value) => total + evaluate(byName.get(typeNameIn(value)) ?? dearest, reading),
        0,
      );
    };
  };

  const sizeOf = (node: FieldNode, field: Field): Amount => {
    const { slicingArguments = [], assumedSize = UNSIZED } = listSizeOf(field);
    const sizes = field.args
      .filter(({ name }) => slicingArguments.includes(name))
      .map((argument) => amountOf(given(node, argument), (value) => (typeof value === "number" ? value : assumedSize)));
    return sizes.length === 0 ? assumedSize : maximum(sizes);
  };

  return (operation: OperationDefinitionNode): Amount => {
    const type = schema.getRootType(operation.operation);
    return type == null ? 0 : ofSet(operation.selectionSet, type, []).once;
  };
};

type Field = GraphQLField<unknown, unknown>;

const NOTHING: Measured = { once: 0, perRow: 0 };

const weightOf = (field: Field): number | undefined => {
  const weight = directivesOf(field)["cost"]?.[0]?.["weight"];
  return typeof weight === "number" ? weight : undefined;
};

const listSizeOf = (field: Field): ListSize => directivesOf(field)["listSize"]?.[0] ?? {};

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

const typeNameIn = (value: unknown): string =>
  typeof value === "object" && value !== null && "__typename" in value ? String(value.__typename) : "";
