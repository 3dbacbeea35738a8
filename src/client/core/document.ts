/** A parsed document, as `graphql` and the tag functions of client libraries produce it. */
export interface ParsedDocument {
  readonly kind: "Document";
  readonly definitions: readonly object[];
}

/**
 * A GraphQL document: text, or what a code generator makes of it (`TypedDocumentString`, `TypedDocumentNode`). The types of its
 * result and its variables are inferred from it.
 */
export type ClientDocument<Data = unknown, Variables = Record<string, unknown>> = (
  | string
  | { toString(): string }
  | ParsedDocument
) & {
  /** Carries the types; it does not exist at run time. */
  readonly __apiType?: (variables: Variables) => Data;
};

/** Returns the text of a parsed document: `print` of `graphql`, or of the client library at hand. */
export type PrintDocument = (document: never) => string;

/** Whether a document is parsed, and has to be printed. */
export const isParsedDocument = (document: ClientDocument<unknown, never>): document is ParsedDocument =>
  typeof document === "object" && "definitions" in document;

/**
 * Returns the text of a document.
 *
 * @throws Error if it is parsed and there is no function that prints it.
 */
export const documentText = (document: ClientDocument<unknown, never>, print?: PrintDocument): string => {
  if (!isParsedDocument(document)) return String(document);
  if (print === undefined) throw new Error("A parsed document needs `print`: createClient({ url, print }).");
  return print(document as never);
};
