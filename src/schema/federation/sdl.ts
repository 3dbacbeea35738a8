import { getDocumentNodeFromSchema } from "@graphql-tools/utils";
import {
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  lexicographicSortSchema,
  parse,
  print,
  visit,
} from "graphql";

export interface SdlOptions {
  /** Also tells routers who may read what; not every router can load that. It is checked here either way. */
  readonly scopes?: boolean;
}

const FEDERATION = "https://specs.apollo.dev/federation/v2.9";
const NULLABILITY = "https://specs.apollo.dev/nullability/v0.4";

/** Two subgraphs that have them do not compose. */
const FOR_CLIENTS: ReadonlySet<string> = new Set(["node", "nodes"]);
const FOR_ROUTERS: ReadonlySet<string> = new Set(["_entities", "_service", "_Any", "_Entity", "_Service"]);
const SCOPE_DIRECTIVES: ReadonlySet<string> = new Set(["authenticated", "requiresScopes"]);

const SEMANTIC_NON_NULL = `
"""Null only together with an error, so that clients which handle errors may read the field as non-null."""
directive @semanticNonNull("""List levels meant; 0 is the field itself.""" levels: [Int!]! = [0]) on FIELD_DEFINITION
`;

type Hidden = (name: string) => boolean;

/** The types of the schema, sorted by name, without some of them and some fields of the query. */
const typesOf = (schema: GraphQLSchema, isHidden: Hidden, isPrinted: Hidden): DocumentNode =>
  visit(getDocumentNodeFromSchema(lexicographicSortSchema(schema)), {
    SchemaDefinition: () => null,
    DirectiveDefinition: () => null,
    ScalarTypeDefinition: ({ name }) => (isHidden(name.value) ? null : undefined),
    UnionTypeDefinition: ({ name }) => (isHidden(name.value) ? null : undefined),
    ObjectTypeDefinition: (node) => {
      if (isHidden(node.name.value)) return null;
      const fields = node.fields?.filter((field) => !isHidden(field.name.value)) ?? [];
      return node.name.value === "Query" ? { ...node, fields } : undefined;
    },
    Directive: ({ name }) => (isPrinted(name.value) ? undefined : null),
  });

/** The schema as clients of this server see it. */
export const clientSdl = (schema: GraphQLSchema): string =>
  `${print(
    typesOf(
      schema,
      (name) => FOR_ROUTERS.has(name),
      () => false,
    ),
  )}\n`;

/** The schema as a supergraph takes it in. */
export const subgraphSdl = (schema: GraphQLSchema, { scopes = false }: SdlOptions = {}): string => {
  const document = typesOf(
    schema,
    (name) => FOR_ROUTERS.has(name) || FOR_CLIENTS.has(name),
    (name) => scopes || !SCOPE_DIRECTIVES.has(name),
  );
  const imported = new Set(["composeDirective", "inaccessible"]);
  visit(document, { Directive: ({ name }) => void imported.add(name.value) });
  imported.delete("semanticNonNull");
  const names = [...imported].sort().map((name) => `"@${name}"`);
  const header = parse(`
    extend schema
      @link(url: "${FEDERATION}", import: [${names.join(", ")}])
      @link(url: "${NULLABILITY}", import: ["@semanticNonNull"])
      @composeDirective(name: "@semanticNonNull")
    ${SEMANTIC_NON_NULL}
  `);
  const definitions: readonly DefinitionNode[] = [...header.definitions, ...document.definitions];
  return `${print({ ...document, definitions })}\n`;
};

/** Gives a schema its SDL, which is printed when it is first asked for. */
export const withSdl = (schema: GraphQLSchema, options: SdlOptions): GraphQLSchema => {
  let sdl: string | undefined;
  const print = () => (sdl ??= subgraphSdl(schema, options));
  schema.extensions = { ...schema.extensions, sdl: print };
  return schema;
};

/** The SDL that a schema was given. */
export const sdlOf = ({ extensions }: GraphQLSchema): string => (extensions["sdl"] as () => string)();
