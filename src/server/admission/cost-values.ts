import { type DirectiveNode, type FieldNode, type GraphQLArgument, type ValueNode, Kind, valueFromAST } from "graphql";
import { conditionOf } from "../../execution/conditions.ts";

/** Values of variables after type coercion. */
export type CoercedVariables = Readonly<Record<string, unknown>>;

/** The evaluation of one cost with the variables of one request. */
export interface CostContext {
  readonly variables: CoercedVariables;
  /** Values of memoized amounts. */
  readonly known: Map<AmountFunction, number>;
}

type AmountFunction = (context: CostContext) => number;

/** A number, or a function of the variables that returns one. */
export type Amount = number | AmountFunction;

/** Costs above this are equal. The bound keeps sums and products exact and finite. */
const MAX_AMOUNT = 1e12;

const bounded = (value: number): number => Math.min(value, MAX_AMOUNT);

/** Returns the number that an amount has with these variables. */
export const evaluate = (amount: Amount, context: CostContext): number =>
  typeof amount === "number" ? amount : amount(context);

/** Adds amounts. */
export const sum = (amounts: readonly Amount[]): Amount => {
  const fixed = bounded(amounts.reduce<number>((total, each) => total + (typeof each === "number" ? each : 0), 0));
  const functions = amounts.filter((each) => typeof each === "function");
  if (functions.length === 0) return fixed;
  return (context) => bounded(functions.reduce((total, each) => total + each(context), fixed));
};

/** Returns the largest of some amounts, and 0 if there are none. */
export const maximum = (amounts: readonly Amount[]): Amount =>
  amounts.every((each) => typeof each === "number")
    ? Math.max(0, ...amounts)
    : (context) => Math.max(0, ...amounts.map((each) => evaluate(each, context)));

/** Multiplies an amount by a count. */
export const times = (count: Amount, each: Amount): Amount => {
  if (typeof count === "number" && typeof each === "number") return bounded(count * each);
  return (context) => bounded(evaluate(count, context) * evaluate(each, context));
};

/** Returns an amount that is evaluated once per request, no matter how often it is used. */
export const memoize = (amount: Amount): Amount => {
  if (typeof amount === "number") return amount;
  return (context) => {
    const known = context.known.get(amount);
    if (known !== undefined) return known;
    const value = amount(context);
    context.known.set(amount, value);
    return value;
  };
};

/** The value of an argument, whether it is a literal, comes from a variable or is the default. */
export interface ArgumentValue {
  readonly read: (variables: CoercedVariables) => unknown;
  /** Names of the variables in the value. */
  readonly uses: readonly string[];
}

/** Finds the value of an argument of a field. */
export const argumentValueOf = (node: FieldNode, argument: GraphQLArgument): ArgumentValue => {
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  const defaultValue: unknown = argument.defaultValue;
  if (value === undefined) return { read: () => defaultValue, uses: [] };
  return {
    read: (variables) => valueFromAST(value, argument.type, variables) ?? defaultValue,
    uses: variablesIn(value),
  };
};

const variablesIn = (value: ValueNode): readonly string[] => {
  if (value.kind === Kind.VARIABLE) return [value.name.value];
  if (value.kind === Kind.LIST) return value.values.flatMap(variablesIn);
  return value.kind === Kind.OBJECT ? value.fields.flatMap((field) => variablesIn(field.value)) : [];
};

/** 1, or 0 if `@skip` or `@include` exclude the selection. `use` is called with the variables in their conditions. */
export const presence = (directives: readonly DirectiveNode[], use: (variable: string) => void): Amount => {
  const conditions = directives.flatMap((directive): Amount[] => {
    const condition = conditionOf(directive);
    if (condition === null) return [];
    const { value, includes } = condition;
    const present = (given: unknown) => ((given === true) === includes ? 1 : 0);
    if (value.kind === Kind.BOOLEAN) return [present(value.value)];
    if (value.kind !== Kind.VARIABLE) return [];
    use(value.name.value);
    return [({ variables }) => present(variables[value.name.value])];
  });
  return conditions.reduce(times, 1);
};
