import { type DirectiveNode, type DocumentNode, GraphQLError, Kind, OperationTypeNode } from "graphql";
import { conditionOf } from "../../execution/conditions.ts";
import { createSelectionReducer, type Fragments } from "./selections.ts";

const isConditionOnVariable = (directive: DirectiveNode): boolean =>
  conditionOf(directive)?.value.kind === Kind.VARIABLE;

/**
 * Returns an error for each subscription whose root field depends on a variable: the number of its root fields, which must be one, would
 * be known only with the variables. The rule of graphql-js throws in this case.
 */
export const conditionErrors = (document: DocumentNode, fragments: Fragments): readonly GraphQLError[] => {
  const findCondition = createSelectionReducer<DirectiveNode | null>(fragments, {
    field: () => null,
    combine: (found) => found.find((directive) => directive !== null) ?? null,
    empty: null,
    withDirectives: (found, directives) => found ?? directives.find(isConditionOnVariable) ?? null,
  });
  return document.definitions.flatMap((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION || node.operation !== OperationTypeNode.SUBSCRIPTION) return [];
    const condition = findCondition(node.selectionSet, undefined);
    if (condition === null) return [];
    const message = `@${condition.name.value} with a variable is not allowed at the root of a subscription.`;
    return [new GraphQLError(message, { nodes: condition })];
  });
};
