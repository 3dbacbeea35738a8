import { type DocumentNode, type FieldNode, Kind } from "graphql";
import { createSelectionReducer, type Fragments, type ReduceSelections } from "./selections.ts";

/** Who may query the schema: everyone, no one, or authenticated callers. */
export type Introspection = "on" | "off" | "authenticated";

/** Whether a field returns a description of the schema. */
export const isIntrospection = ({ name }: FieldNode): boolean => name.value === "__schema" || name.value === "__type";

/** Whether only the name of a type is selected. A fragment on the type reveals as much, and clients probe servers with it. */
const selectsNameOnly = ({ name, selectionSet }: FieldNode): boolean =>
  name.value === "__type" &&
  selectionSet?.selections.every(
    (node) => node.kind === Kind.FIELD && (node.name.value === "name" || node.name.value === "__typename"),
  ) === true;

/** Returns the first field of a document, in any of its operations, that reads the schema. */
export const findIntrospection = (document: DocumentNode, fragments: Fragments): FieldNode | undefined => {
  const find: ReduceSelections<FieldNode | null, undefined> = createSelectionReducer(fragments, {
    field: (node) => (isIntrospection(node) && !selectsNameOnly(node) ? node : find(node.selectionSet, undefined)),
    combine: (found) => found.find((node) => node !== null) ?? null,
    empty: null,
  });
  for (const node of document.definitions) {
    const found = node.kind === Kind.OPERATION_DEFINITION ? find(node.selectionSet, undefined) : null;
    if (found !== null) return found;
  }
  return undefined;
};
