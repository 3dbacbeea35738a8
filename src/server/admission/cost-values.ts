import {
  type ArgumentNode,
  type DirectiveNode,
  type FieldNode,
  type GraphQLArgument,
  type ValueNode,
  Kind,
  valueFromAST,
} from "graphql";

/** Values of variables, coerced. */
export type CoercedVariables = Readonly<Record<string, unknown>>;

/** One reading of a cost, for the variables of one request. */
export interface CostContext {
  readonly variables: CoercedVariables;
  /** What was read of parts that are used several times. */
  readonly known: Map<Reader, number>;
}

type Reader = (reading: CostContext) => number;

/** A number, or where it depends on variables, how to find it. */
export type Amount = number | Reader;

/** Beyond this it does not matter any more; it keeps sums and products exact and finite. */
const MOST = 1e12;

const bounded = (value: number): number => Math.min(value, MOST);

export const evaluate = (amount: Amount, reading: CostContext): number =>
  typeof amount === "number" ? amount : amount(reading);

export const sum = (amounts: readonly Amount[]): Amount => {
  const fixed = bounded(amounts.reduce<number>((total, each) => total + (typeof each === "number" ? each : 0), 0));
  const readers = amounts.filter((each) => typeof each === "function");
  if (readers.length === 0) return fixed;
  return (reading) => bounded(readers.reduce((total, each) => total + each(reading), fixed));
};

export const maximum = (amounts: readonly Amount[]): Amount =>
  amounts.every((each) => typeof each === "number")
    ? Math.max(0, ...amounts)
    : (reading) => Math.max(0, ...amounts.map((each) => evaluate(each, reading)));

export const times = (count: Amount, each: Amount): Amount => {
  if (typeof count === "number" && typeof each === "number") return bounded(count * each);
  return (reading) => bounded(evaluate(count, reading) * evaluate(each, reading));
};

/** Read once for each request, however often it is used. */
export const memoize = (amount: Amount): Amount => {
  if (typeof amount === "number") return amount;
  return (reading) => {
    const known = reading.known.get(amount);
    if (known !== undefined) return known;
    const value = amount(reading);
    reading.known.set(amount, value);
    return value;
  };
};

/** What an argument is given, the same whether it stands in the document, comes by a variable or is the default. */
export interface ArgumentValue {
  readonly read: (variables: CoercedVariables) => unknown;
  /** Names of the variables in it. */
  readonly uses: readonly string[];
}

export const argumentValueOf = (node: FieldNode, argument: GraphQLArgument): ArgumentValue => {
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  const byDefault: unknown = argument.defaultValue;
  if (value === undefined) return { read: () => byDefault, uses: [] };
  return { read: (variables) => valueFromAST(value, argument.type, variables) ?? byDefault, uses: variablesIn(value) };
};

const variablesIn = (value: ValueNode): readonly string[] => {
  if (value.kind === Kind.VARIABLE) return [value.name.value];
  if (value.kind === Kind.LIST) return value.values.flatMap(variablesIn);
  return value.kind === Kind.OBJECT ? value.fields.flatMap((field) => variablesIn(field.value)) : [];
};

const conditionOf = ({ arguments: given = [] }: DirectiveNode): ArgumentNode | undefined => given[0];

/** 1, or 0 where @skip or @include leave the node out. */
export const presence = (directives: readonly DirectiveNode[], use: (variable: string) => void): Amount => {
  const conditions = directives.flatMap((directive): Amount[] => {
    const name = directive.name.value;
    const value = conditionOf(directive)?.value;
    if (value === undefined || (name !== "skip" && name !== "include")) return [];
    const present = (condition: unknown) => ((condition === true) === (name === "include") ? 1 : 0);
    if (value.kind === Kind.BOOLEAN) return [present(value.value)];
    if (value.kind !== Kind.VARIABLE) return [];
    use(value.name.value);
    return [({ variables }) => present(variables[value.name.value])];
  });
  return conditions.reduce(times, 1);
};
