/** A parsed document, as `graphql` and the tag functions of client libraries produce it. */
export interface ParsedDocument {
  readonly kind: "Document";
  readonly definitions: readonly object[];
}

/**
 * A GraphQL document: text, or what a code generator makes of it (`TypedDocumentNode`, `TypedDocumentString`). The types of its
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

interface SyntaxNode {
  readonly kind: string;
  readonly [member: string]: unknown;
}

const isParsed = (document: object): document is ParsedDocument => "definitions" in document;

/** Returns the text of a document. */
export const documentText = (document: ClientDocument<unknown, never>): string =>
  typeof document === "object" && isParsed(document) ? printNode(document) : String(document);

const printAll = (nodes: unknown, separator: string, open = "", close = ""): string => {
  const list = Array.isArray(nodes) ? (nodes as readonly unknown[]) : [];
  return list.length === 0 ? "" : open + list.map(printNode).join(separator) + close;
};

/** The printer of graphql-js, as far as documents of clients need it: requiring that package would double the size of this one. */
const printNode = (syntaxNode: unknown): string => {
  if (syntaxNode === undefined || syntaxNode === null) return "";
  const node = syntaxNode as SyntaxNode;
  const name = printNode(node["name"]);
  const value = node["value"];
  const directives = printAll(node["directives"], " ", " ");
  const selectionSet = node["selectionSet"] ? ` ${printNode(node["selectionSet"])}` : "";
  const condition = node["typeCondition"] ? ` on ${printNode(node["typeCondition"])}` : "";
  switch (node.kind) {
    case "Document":
      return printAll(node["definitions"], "\n");
    case "OperationDefinition":
      return `${String(node["operation"])} ${name}${printAll(node["variableDefinitions"], ", ", "(", ")")}${directives}${selectionSet}`;
    case "FragmentDefinition":
      return `fragment ${name}${condition}${directives}${selectionSet}`;
    case "VariableDefinition": {
      const initial = node["defaultValue"] ? ` = ${printNode(node["defaultValue"])}` : "";
      return `${printNode(node["variable"])}: ${printNode(node["type"])}${initial}${directives}`;
    }
    case "SelectionSet":
      return printAll(node["selections"], " ", "{ ", " }");
    case "Field": {
      const alias = node["alias"] ? `${printNode(node["alias"])}: ` : "";
      return `${alias}${name}${printAll(node["arguments"], ", ", "(", ")")}${directives}${selectionSet}`;
    }
    case "FragmentSpread":
      return `...${name}${directives}`;
    case "InlineFragment":
      return `...${condition}${directives}${selectionSet}`;
    case "Argument":
    case "ObjectField":
      return `${name}: ${printNode(value)}`;
    case "Directive":
      return `@${name}${printAll(node["arguments"], ", ", "(", ")")}`;
    case "Variable":
      return `$${name}`;
    case "NamedType":
      return name;
    case "ListType":
      return `[${printNode(node["type"])}]`;
    case "NonNullType":
      return `${printNode(node["type"])}!`;
    case "ListValue":
      return `[${printAll(node["values"], ", ")}]`;
    case "ObjectValue":
      return `{${printAll(node["fields"], ", ")}}`;
    case "StringValue":
      return JSON.stringify(value);
    case "NullValue":
      return "null";
    default:
      // A name, a number, a boolean or an enumeration value.
      return String(value);
  }
};
