import { type DirectiveNode, type DocumentNode, Kind, type ValueNode, visit } from "graphql";

/** Values of the variables of one execution, coerced. */
export type Variables = Readonly<Record<string, unknown>>;

/** The condition of `@skip` or `@include`. */
interface Condition {
  readonly value: ValueNode;
  /** The value with which the selection stays in the operation. */
  readonly includes: boolean;
}

/** The condition of a directive; null if it has none. */
export const conditionOf = ({ name, arguments: [argument] = [] }: DirectiveNode): Condition | null =>
  argument === undefined || (name.value !== "skip" && name.value !== "include")
    ? null
    : { value: argument.value, includes: name.value === "include" };

/** Names of the variables that decide what is selected, in whichever operation of the document. */
export const conditionsOf = (document: DocumentNode): readonly string[] => {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const value = conditionOf(node)?.value;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
};

/** Whether `@skip` and `@include` leave a selection in the operation. */
export const isIncluded = (directives: readonly DirectiveNode[] | undefined, variables: Variables): boolean => {
  if (directives === undefined || directives.length === 0) return true;
  return directives.every((directive) => {
    const condition = conditionOf(directive);
    if (condition === null) return true;
    const { value, includes } = condition;
    const given =
      value.kind === Kind.VARIABLE ? variables[value.name.value] : value.kind === Kind.BOOLEAN && value.value;
    return given === includes;
  });
};
