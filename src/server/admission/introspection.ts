import { type DocumentNode, type FieldNode, Kind, visit } from "graphql";

/** Whether callers may ask for the schema: all, none, or those who have shown who they are. */
export type Introspection = "on" | "off" | "authenticated";

const DESCRIBING: ReadonlySet<string> = new Set(["__schema", "__type"]);

/** That a type of a name is there tells no more than a fragment on it does, and clients try servers out with it. */
const asksForName = ({ name, selectionSet }: FieldNode): boolean =>
  name.value === "__type" &&
  selectionSet?.selections.every(
    (node) => node.kind === Kind.FIELD && (node.name.value === "name" || node.name.value === "__typename"),
  ) === true;

/** The first field of a document, in whichever operation or fragment, that asks how the schema is made. */
export const findIntrospection = (document: DocumentNode): FieldNode | undefined => {
  const found: FieldNode[] = [];
  visit(document, {
    Field(node) {
      if (DESCRIBING.has(node.name.value) && !asksForName(node)) found.push(node);
    },
  });
  return found[0];
};
