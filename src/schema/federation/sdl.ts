import { getDocumentNodeFromSchema } from "@graphql-tools/utils";
import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  specifiedDirectives,
  visit,
} from "graphql";

/** The options of the subgraph schema. */
export interface SdlOptions {
  /**
   * Whether the subgraph schema prints the scopes for routers. Not every router can load them; this server checks them
   * either way.
   * @default false
   */
  readonly scopes?: boolean;
}

const FEDERATION = "https://specs.apollo.dev/federation/v2.9";
const NULLABILITY = "https://specs.apollo.dev/nullability/v0.4";

/** Fields for direct clients only: two subgraphs that both have them do not compose. */
const CLIENT_ONLY: ReadonlySet<string> = new Set(["node", "nodes"]);
/** Names for routers only: a router adds them itself. */
const ROUTER_ONLY: ReadonlySet<string> = new Set(["_entities", "_service", "_Any", "_Entity", "_Service"]);
const SCOPE_DIRECTIVES: ReadonlySet<string> = new Set(["authenticated", "requiresScopes"]);
const SPECIFIED_DIRECTIVES: ReadonlySet<string> = new Set(specifiedDirectives.map(({ name }) => name));

const SEMANTIC_NON_NULL = `
"""
The field is null only together with an error, so that a client that handles errors may treat the field as non-null.
"""
directive @semanticNonNull(
  """The list levels that are never null without an error; 0 is the field itself."""
  levels: [Int!]! = [0]
) on FIELD_DEFINITION
`;

/** Composers of Apollo know no standard directive `@oneOf`; a subgraph that uses it has to declare it. */
const ONE_OF = `
"""Exactly one field of the input object must be passed, and it must not be null."""
directive @oneOf on INPUT_OBJECT
`;

type NamePredicate = (name: string) => boolean;

/** Returns the schema definition and the types, sorted by name, without hidden types, query fields and directives. */
const documentOf = (schema: GraphQLSchema, isHidden: NamePredicate, isPrinted: NamePredicate): DocumentNode =>
  visit(getDocumentNodeFromSchema(lexicographicSortSchema(schema)), {
    DirectiveDefinition: () => null,
    ScalarTypeDefinition: ({ name }) => (isHidden(name.value) ? null : undefined),
    UnionTypeDefinition: ({ name }) => (isHidden(name.value) ? null : undefined),
    ObjectTypeDefinition: (node) => {
      if (isHidden(node.name.value)) return null;
      const fields = node.fields?.filter((field) => !isHidden(field.name.value)) ?? [];
      return node.name.value === "Query" ? { ...node, fields } : undefined;
    },
    Directive: ({ name }) => (SPECIFIED_DIRECTIVES.has(name.value) || isPrinted(name.value) ? undefined : null),
  });

/** Returns the document with definitions after that of the schema. */
const withDefinitions = (document: DocumentNode, added: readonly DefinitionNode[]): DocumentNode => {
  const isSchema = ({ kind }: DefinitionNode) => kind === Kind.SCHEMA_DEFINITION;
  const [schemas, types] = [
    document.definitions.filter(isSchema),
    document.definitions.filter((each) => !isSchema(each)),
  ];
  return { ...document, definitions: [...schemas, ...added, ...types] };
};

/** Prints the schema for clients of this server: what introspection reports, and the directive `@semanticNonNull`, which it cannot. */
export const clientSdl = (schema: GraphQLSchema): string => {
  const document = documentOf(
    schema,
    (name) => ROUTER_ONLY.has(name),
    (name) => name === "semanticNonNull",
  );
  return `${print(withDefinitions(document, parse(SEMANTIC_NON_NULL).definitions))}\n`;
};

/** Prints the schema for composition into a supergraph. */
export const subgraphSdl = (schema: GraphQLSchema, { scopes = false }: SdlOptions = {}): string => {
  const document = documentOf(
    schema,
    (name) => ROUTER_ONLY.has(name) || CLIENT_ONLY.has(name),
    (name) => scopes || !SCOPE_DIRECTIVES.has(name),
  );
  const imported = new Set(["composeDirective", "inaccessible"]);
  visit(document, { Directive: ({ name }) => void imported.add(name.value) });
  const names = [...imported]
    .filter((name) => name !== "semanticNonNull" && !SPECIFIED_DIRECTIVES.has(name))
    .sort()
    .map((name) => `"@${name}"`);
  const header = parse(`
    extend schema
      @link(url: "${FEDERATION}", import: [${names.join(", ")}])
      @link(url: "${NULLABILITY}", import: ["@semanticNonNull"])
      @composeDirective(name: "@semanticNonNull")
    ${SEMANTIC_NON_NULL}
    ${ONE_OF}
  `);
  return `${print(withoutSchemaDescription(withDefinitions(document, header.definitions)))}\n`;
};

/** Grafbase's composer does not parse a description of the schema. */
const withoutSchemaDescription = (document: DocumentNode): DocumentNode =>
  visit(document, {
    SchemaDefinition: ({ description: _description, ...node }) => node,
  });

/** Attaches the SDL to the schema. It is printed when it is first read. */
export const withSdl = (schema: GraphQLSchema, options: SdlOptions): GraphQLSchema => {
  let sdl: string | undefined;
  const print = () => (sdl ??= subgraphSdl(schema, options));
  schema.extensions = { ...schema.extensions, sdl: print };
  return schema;
};

/** Returns the SDL that `withSdl` attached to the schema. */
export const sdlOf = ({ extensions }: GraphQLSchema): string => (extensions["sdl"] as () => string)();
