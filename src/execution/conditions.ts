import { type DirectiveNode, type DocumentNode, Kind, visit } from "graphql";

/** Values of the variables of one execution, coerced. */
export type Variables = Readonly<Record<string, unknown>>;

const isCondition = ({ name }: DirectiveNode): boolean => name.value === "skip" || name.value === "include";

/** Names of the variables that decide what is selected, in whichever operation of the document. */
export const conditionsOf = (document: DocumentNode): readonly string[] => {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const value = isCondition(node) ? node.arguments?.[0]?.value : undefined;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
};

/** Whether `@skip` and `@include` leave a selection in the operation. */
export const isIncluded = (directives: readonly DirectiveNode[] | undefined, variables: Variables): boolean => {
  if (directives === undefined || directives.length === 0) return true;
  return directives.filter(isCondition).every(({ name, arguments: given }) => {
    const value = given?.[0]?.value;
    const condition =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return condition === (name.value === "include");
  });
};
