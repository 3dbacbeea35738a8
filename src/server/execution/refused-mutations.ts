import { type FieldNode, type GraphQLError, OperationTypeNode, valueFromASTUntyped } from "graphql";
import type { AuditEntry } from "../../schema/kernel/audit-entry.ts";
import { subjectOfRefused } from "../../schema/kernel/audit.ts";
import type { RequestedOperation } from "../admission/requested-operation.ts";
import { defaultsOf, rootFields } from "../admission/selections.ts";
import type { Caller } from "../identity/caller.ts";

/** Called with an operation that was refused before a resolver began, and why. */
export type OnRefused = (caller: Caller, operation: RequestedOperation, errors: readonly GraphQLError[]) => void;

/** The entries of an operation that was refused as a whole: one for each of its mutations; none for a query. */
export const refusedMutations = (
  { definition, fragments, params }: RequestedOperation,
  errors: readonly GraphQLError[],
): readonly AuditEntry[] => {
  if (definition?.operation !== OperationTypeNode.MUTATION) return [];
  const code = errors[0]?.extensions["code"];
  const outcome = { error: typeof code === "string" ? code : "INTERNAL_SERVER_ERROR" };
  const variables = { ...defaultsOf(definition), ...params.variables };
  const inputOf = (node: FieldNode): unknown => {
    const input = node.arguments?.find(({ name }) => name.value === "input");
    return input && valueFromASTUntyped(input.value, variables);
  };
  return rootFields(definition.selectionSet, fragments)
    .filter(({ name }) => !name.value.startsWith("__"))
    .map((node) => ({ mutation: node.name.value, subject: subjectOfRefused(inputOf(node)), outcome }));
};
