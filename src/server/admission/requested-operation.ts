import type { OperationDefinitionNode } from "graphql";
import type { Fragments } from "./selections.ts";

/** An operation as it was requested: its variables are not checked yet. */
export interface RequestedOperation {
  readonly definition: OperationDefinitionNode | undefined;
  readonly fragments: Fragments;
  readonly params: { readonly variables?: Readonly<Record<string, unknown>> | undefined };
}
