import {
  type DocumentNode,
  getNamedType,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TokenKind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { ConfigError } from "../../config/config.ts";
import { SCOPES, type Scope, scopesOf } from "../../schema/kernel/viewer.ts";
import { type ParseLimits, parseDocument } from "../admission/parse.ts";
import { defaultsOf, type Fragments, fragmentsOf, rootFields } from "../admission/selections.ts";
import { inputSchemaOf } from "./input-schema.ts";
import type { ObjectSchema } from "./json-schema.ts";
import { IDEMPOTENCY_KEY, mutationFault, REASON } from "./mutation-rules.ts";
import { outputSchemaOf } from "./output-schema.ts";

/** A stored document that models may execute. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly documentId: string;
  readonly isMutation: boolean;
  /** What its caller needs to read all of the result, in the order of SCOPES. */
  readonly scopes: readonly Scope[];
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  /** Default values of its arguments. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** What stored documents are for models. */
export interface Toolbox {
  readonly tools: ReadonlyMap<string, Tool>;
  /** The documents that cannot be tools, and why, as clauses. */
  readonly others: readonly { readonly documentId: string; readonly reason: string }[];
}

/**
 * Makes a tool of each valid stored document that can be one.
 *
 * @throws ConfigError if two tools have one name, or there is none.
 */
export const createTools = (
  schema: GraphQLSchema,
  documents: ReadonlyMap<string, string>,
  limits: ParseLimits,
): Toolbox => {
  const tools = new Map<string, Tool>();
  const others: { documentId: string; reason: string }[] = [];
  for (const [documentId, text] of documents) {
    const tool = toolOf(schema, documentId, parseDocument(text, limits));
    if (typeof tool === "string") others.push({ documentId, reason: tool });
    else if (tools.has(tool.name)) throw fault(`two documents have the name ${tool.name}, which names one tool`);
    else tools.set(tool.name, tool);
  }
  const [first] = others;
  if (tools.size === 0)
    throw fault(`MCP=on needs a document that can be a tool; ${first?.documentId}: ${first?.reason}`);
  return { tools, others };
};

const fault = (clause: string) => new ConfigError([`PERSISTED_OPERATIONS_FILE: ${clause}.`]);

const toolOf = (schema: GraphQLSchema, documentId: string, document: DocumentNode): Tool | string => {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) return "a document must have exactly one operation";
  if (operation.name === undefined) return "the operation must have a name";
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return "a subscription does not end";
  const fragments = fragmentsOf(document);
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  const reason = isMutation ? mutationFault(schema, fragments, operation) : null;
  if (reason !== null) return reason;
  const inputSchema = inputSchemaOf(schema, document, operation, isMutation ? [IDEMPOTENCY_KEY] : []);
  return {
    name: operation.name.value,
    description: descriptionOf(schema, fragments, operation),
    documentId,
    isMutation,
    scopes: requiredScopes(schema, document),
    inputSchema: isMutation ? withReason(inputSchema) : inputSchema,
    outputSchema: outputSchemaOf(schema, fragments, operation),
    defaults: defaultsOf(operation),
  };
};

/** A blank reason is no reason. */
const withReason = (schema: ObjectSchema): ObjectSchema => ({
  ...schema,
  properties: {
    ...schema.properties,
    [REASON]: { ...schema.properties[REASON], minLength: 1, pattern: String.raw`\S` },
  },
});

/** The description of the operation, the comment above it, or what the schema says of its fields. */
const descriptionOf = (schema: GraphQLSchema, fragments: Fragments, operation: OperationDefinitionNode): string => {
  const own = operation.description?.value ?? commentAbove(operation);
  if (own !== "") return own;
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  const names = new Set(rootFields(operation.selectionSet, fragments).map(({ name }) => name.value));
  return [...names].flatMap((name) => fields[name]?.description ?? []).join(" ");
};

const commentAbove = ({ loc }: OperationDefinitionNode): string => {
  const lines: string[] = [];
  for (let token = loc?.startToken.prev; token?.kind === TokenKind.COMMENT; token = token.prev ?? undefined) {
    lines.unshift(token.value.trim());
  }
  return lines.join(" ").trim();
};

/** The scopes of every field that is selected, and of the types that fragments name. */
const requiredScopes = (schema: GraphQLSchema, document: DocumentNode): readonly Scope[] => {
  const found = new Set<Scope>();
  const info = new TypeInfo(schema);
  const addType = () => {
    const type: unknown = getNamedType(info.getType());
    if (isObjectType(type)) for (const scope of scopesOf(type)) found.add(scope);
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      Field() {
        const field = info.getFieldDef();
        if (field != null) for (const scope of scopesOf(field)) found.add(scope);
      },
      InlineFragment: addType,
      FragmentDefinition: addType,
    }),
  );
  return SCOPES.filter((scope) => found.has(scope));
};
