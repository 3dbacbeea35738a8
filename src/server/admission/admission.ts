import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  validate,
} from "graphql";
import type { Caller } from "../identity/caller.ts";
import { isAuthenticated } from "../identity/quota-key.ts";
import { type CostOf, compileCost } from "./cost.ts";
import { createDocumentCache } from "./document-cache.ts";
import { type Introspection, findIntrospection } from "./introspection.ts";
import { limitErrors, type Limits } from "./limits.ts";
import { OperationRejected } from "./rejected.ts";
import type { GraphQLParams } from "../http/request.ts";
import { parseDocument } from "./parse.ts";
import { createStore, type PersistedOptions } from "./persisted.ts";
import { createQuotas, type Quotas } from "./quotas.ts";

/** An operation that may be executed. Nothing else is: every transport has to ask for one. */
export interface AdmittedOperation {
  readonly document: DocumentNode;
  /** As it was sent, or as it is stored. */
  readonly text: string;
  /** Undefined where the document has none of the name that was asked for: that is refused by whoever executes it. */
  readonly operation: OperationDefinitionNode | undefined;
  readonly params: GraphQLParams;
  readonly caller: Caller;
  readonly cost: { readonly requested: number; readonly maximum: number };
}

/** What an operation has to pass before anything of it is executed, over every transport alike. */
export interface Admission {
  /** Throws NotAdmitted. */
  readonly admit: (params: GraphQLParams, caller: Caller) => AdmittedOperation;
  /** What is wrong with a document, whoever sends it. */
  readonly faults: (text: string) => readonly GraphQLError[];
  readonly quotas: Quotas;
}

export interface AdmissionOptions {
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  /** Whether messages may tell names of the schema. */
  readonly suggestions: boolean;
  readonly introspection: Introspection;
  readonly persisted: PersistedOptions;
}

/** What was found out about a document; it is the same for everybody. */
interface Known {
  readonly document: DocumentNode;
  readonly asksForSchema: FieldNode | undefined;
  readonly costs: Map<OperationDefinitionNode, CostOf>;
}

const CACHED_DOCUMENTS = { maxLength: 256 * 1024, maxKeyLength: 32 * 1024 };
const MAX_VALIDATION_ERRORS = 5;

export const createAdmission = (options: AdmissionOptions): Admission => {
  const { schema, limits, suggestions, introspection, persisted } = options;
  const passed = createDocumentCache<Known>(CACHED_DOCUMENTS.maxLength, CACHED_DOCUMENTS.maxKeyLength);
  const quotas = createQuotas(schema, limits);

  const examine = (text: string): Known => {
    const document = parseOrThrow(text, limits);
    const excess = limitErrors(document, limits);
    if (excess.length > 0) throw invalid(excess);
    const wanted = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggestions };
    const faults = validate(schema, document, undefined, wanted).slice(0, MAX_VALIDATION_ERRORS);
    if (faults.length > 0) throw invalid(faults);
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const costs = new Map(operations.map((each) => [each, compileCost(schema, document, each)]));
    return { document, asksForSchema: findIntrospection(document), costs };
  };
  const store = createStore(persisted, examine);

  const known = (text: string): Known => {
    const found = passed.get(text) ?? examine(text);
    passed.set(text, found);
    return found;
  };

  const mayAskForSchema = (caller: Caller) =>
    introspection === "on" || (introspection === "authenticated" && isAuthenticated(caller));

  return {
    quotas,
    faults(text) {
      try {
        examine(text);
        return [];
      } catch (error) {
        if (error instanceof OperationRejected) return error.errors;
        throw error;
      }
    },
    admit(params, caller) {
      const stored = store.find(params);
      const text = stored?.text ?? params.query;
      const { document, asksForSchema, costs } = stored?.known() ?? known(text);
      if (asksForSchema !== undefined && !mayAskForSchema(caller)) throw introspectionRefused(asksForSchema);
      const operation = getOperationAST(document, params.operationName) ?? undefined;
      const { variables = {} } = params;
      const costOf = operation && costs.get(operation);
      const cost = { requested: costOf?.(variables) ?? 0, maximum: limits.cost };
      if (cost.requested > cost.maximum) throw tooExpensive(cost);
      return { document, text, operation, params, caller, cost };
    },
  };
};

const parseOrThrow = (text: string, limits: Limits): DocumentNode => {
  try {
    return parseDocument(text, limits);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new OperationRejected([coded(error, "GRAPHQL_PARSE_FAILED")]);
  }
};

const invalid = (errors: readonly GraphQLError[]) =>
  new OperationRejected(errors.map((error) => coded(error, "GRAPHQL_VALIDATION_FAILED")));

/** `spec`: some clients want such errors with status 200. */
const coded = ({ message, nodes, source, positions, extensions }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, http: { status: 400, spec: true }, ...extensions },
  });

const tooExpensive = (cost: AdmittedOperation["cost"]) => {
  const message = `An operation may cost at most ${cost.maximum}; this one costs ${cost.requested}: ask for smaller pages, or for less of each row.`;
  const extensions = { code: "QUERY_TOO_EXPENSIVE", cost, http: { status: 400 } };
  return new OperationRejected([new GraphQLError(message, { extensions })]);
};

const introspectionRefused = (node: FieldNode) => {
  const message = "This server does not describe its schema to callers such as this one.";
  const extensions = { code: "INTROSPECTION_NOT_ALLOWED", http: { status: 400 } };
  return new OperationRejected([new GraphQLError(message, { nodes: node, extensions })]);
};
