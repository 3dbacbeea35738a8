import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  validate,
} from "graphql";
import type { ErrorCode } from "../../error-codes.ts";
import type { CallerMemoryShare } from "../http/body.ts";
import type { GraphQLParams } from "../http/request.ts";
import type { Caller } from "../identity/caller.ts";
import { isAuthenticated } from "../identity/quota-key.ts";
import { type CallerBuckets, createOwnBuckets } from "./caller-buckets.ts";
import { type CostOf, compileCost } from "./cost.ts";
import { createDocumentCache } from "./document-cache.ts";
import { type Introspection, findIntrospection } from "./introspection.ts";
import { limitErrors, type Limits } from "./limits.ts";
import { createArgumentNaming } from "./argument-naming.ts";
import { OperationRejected, rejection } from "./operation-rejected.ts";
import { parseDocument } from "./parse.ts";
import { createPersistedDocuments, type PersistedOptions } from "./persisted.ts";
import { createQuotas, type Quotas } from "./quotas.ts";
import type { RequestedOperation } from "./requested-operation.ts";
import { type Fragments, fragmentsOf } from "./selections.ts";
import { conditionErrors } from "./subscription-conditions.ts";

/** An operation that may be executed. Every transport must obtain one from `Admission`; nothing else is executed. */
export interface AdmittedOperation {
  readonly document: DocumentNode;
  readonly fragments: Fragments;
  /** The document as text, as it was sent or is stored. */
  readonly text: string;
  /** Whether the operator stores the document. */
  readonly isStored: boolean;
  /** Undefined if the document has no operation of the requested name; the executor rejects it. */
  readonly definition: OperationDefinitionNode | undefined;
  readonly params: GraphQLParams;
  readonly caller: Caller;
  readonly cost: { readonly requested: number; readonly maximum: number };
}

/**
 * Takes memory for the response to an operation. That to a mutation, which has been carried out, is sent in any case.
 *
 * @throws OperationRejected if it is more than the caller may take.
 */
export const takeResponse = ({ take }: CallerMemoryShare, { definition }: AdmittedOperation, json: string): void => {
  if (definition?.operation === OperationTypeNode.QUERY) take(json.length);
};

/** The checks that an operation must pass before it is executed, the same for every transport. */
export interface Admission {
  /** Throws OperationRejected. */
  readonly admit: (params: GraphQLParams, caller: Caller) => AdmittedOperation;
  /** Returns the errors of a document that do not depend on its caller, by these limits. @default the limits in force */
  readonly validate: (text: string, limits?: Limits) => readonly GraphQLError[];
  readonly quotas: Quotas;
  /** Replaces limits and stored documents; what was admitted before goes on. The documents must be valid. */
  readonly adopt: (settings: AdmissionSettings) => void;
}

/** What can be replaced while operations are admitted. */
export type AdmissionSettings = Pick<AdmissionOptions, "limits" | "persisted">;

/** What operations are checked against. */
export interface AdmissionOptions {
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  /** Whether error messages may suggest names of the schema. */
  readonly suggestions: boolean;
  readonly introspection: Introspection;
  readonly persisted: PersistedOptions;
  /** What callers may send within a minute. @default buckets of this process */
  readonly buckets?: CallerBuckets | undefined;
}

/** What is known of a document, the same for every caller. */
interface AnalyzedDocument {
  readonly document: DocumentNode;
  readonly fragments: Fragments;
  /** The first field that reads the schema. */
  readonly introspection: FieldNode | undefined;
  readonly costs: ReadonlyMap<OperationDefinitionNode, CostOf>;
}

/** In characters. */
const DOCUMENT_CACHE = { maxLength: 512 * 1024, maxKeyLength: 32 * 1024 };
/** Clients repeat an invalid document, and to find its faults takes longer than to execute another one. */
const REJECTION_CACHE = { maxLength: 128 * 1024, maxKeyLength: 16 * 1024 };
/** One more error follows, which says that validation stopped. */
const MAX_VALIDATION_ERRORS = 4;

/** Messages of graphql-js when it stops early, and the sentences that say why. */
const ABORTS: ReadonlyMap<string, string> = new Map([
  [
    "Too many validation errors, error limit reached. Validation aborted.",
    `Too many validation errors; the first ${MAX_VALIDATION_ERRORS} are reported.`,
  ],
  [
    "Validation aborted.",
    "The document is too complex to validate: too many selections of fields with the same name have to be compared.",
  ],
]);

const createAnalyses = () =>
  createDocumentCache<AnalyzedDocument>(DOCUMENT_CACHE.maxLength, DOCUMENT_CACHE.maxKeyLength);
const createRejections = () =>
  createDocumentCache<OperationRejected>(REJECTION_CACHE.maxLength, REJECTION_CACHE.maxKeyLength);

/** Creates the checks of operations for one schema. */
export const createAdmission = (options: AdmissionOptions): Admission => {
  const { schema, suggestions, introspection } = options;
  let { limits } = options;
  const { buckets = createOwnBuckets(() => performance.now()) } = options;
  let cache = createAnalyses();
  let rejections = createRejections();
  const quotas = createQuotas(schema, () => limits, buckets);

  /** Some rules of graphql-js throw an error instead of reporting it. */
  const validateDocument = (document: DocumentNode): readonly GraphQLError[] => {
    try {
      const validation = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggestions };
      return validate(schema, document, undefined, validation);
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  };

  /** Throws OperationRejected. */
  const analyze = (text: string, bounds = limits): AnalyzedDocument => {
    const document = parseOrReject(text, bounds);
    const fragments = fragmentsOf(document);
    const excess = [...limitErrors(document, fragments, bounds), ...conditionErrors(document, fragments)];
    if (excess.length > 0) throw invalid(excess);
    const errors = validateDocument(document);
    if (errors.length > 0) throw invalid(errors.map(createArgumentNaming(document)));
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const costs = new Map(operations.map((operation) => [operation, compileCost(schema, fragments, operation)]));
    return { document, fragments, introspection: findIntrospection(document, fragments), costs };
  };
  let persistedDocuments = createPersistedDocuments(options.persisted, analyze);

  const analyzeCached = (text: string): AnalyzedDocument => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const rejected = rejections.get(text);
    if (rejected !== undefined) throw rejected;
    try {
      const analyzed = analyze(text);
      cache.set(text, analyzed);
      return analyzed;
    } catch (error) {
      if (error instanceof OperationRejected) rejections.set(text, withoutStacks(error));
      throw error;
    }
  };

  const mayIntrospect = (caller: Caller) =>
    introspection === "on" || (introspection === "authenticated" && isAuthenticated(caller));

  return {
    quotas,
    adopt(settings) {
      ({ limits } = settings);
      persistedDocuments = createPersistedDocuments(settings.persisted, analyze);
      cache = createAnalyses();
      rejections = createRejections();
    },
    validate(text, bounds) {
      try {
        analyze(text, bounds);
        return [];
      } catch (error) {
        if (error instanceof OperationRejected) return error.errors;
        throw error;
      }
    },
    admit(params, caller) {
      const stored = persistedDocuments.find(params);
      const text = stored?.text ?? params.query;
      const { document, fragments, introspection: field, costs } = stored?.analyze() ?? analyzeCached(text);
      if (field !== undefined && !mayIntrospect(caller)) throw introspectionNotAllowed(field);
      // No operation has an empty name: clients send it in place of none.
      const definition = getOperationAST(document, params.operationName || undefined) ?? undefined;
      const { variables = {} } = params;
      const costOf = definition && costs.get(definition);
      const cost = { requested: costOf?.(variables) ?? 0, maximum: limits.cost };
      if (cost.requested > cost.maximum) throw tooExpensive(cost, { definition, fragments, params });
      return { document, fragments, text, isStored: stored !== undefined, definition, params, caller, cost };
    },
  };
};

const parseOrReject = (text: string, limits: Limits): DocumentNode => {
  try {
    return parseDocument(text, limits);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new OperationRejected([withCode(error, "GRAPHQL_PARSE_FAILED")]);
  }
};

const invalid = (errors: readonly GraphQLError[]) =>
  new OperationRejected(errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED")));

/** The stack of an error keeps whatever its functions were called on: of a validation, all its visitors and errors. */
const withoutStacks = (rejected: OperationRejected): OperationRejected => {
  for (const error of [rejected, ...rejected.errors]) error.stack = "";
  return rejected;
};

const withCode = ({ message, nodes, source, positions, extensions }: GraphQLError, code: ErrorCode): GraphQLError =>
  new GraphQLError(ABORTS.get(message) ?? message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, ...extensions },
  });

const tooExpensive = (cost: AdmittedOperation["cost"], operation: RequestedOperation) => {
  const { requested, maximum } = cost;
  const message = `An operation may cost at most ${maximum}; this one costs ${requested}.`;
  const advice = "Request smaller pages, or fewer fields of each row.";
  return rejection("QUERY_TOO_EXPENSIVE", `${message} ${advice}`, { extensions: { cost }, operation });
};

const introspectionNotAllowed = (nodes: FieldNode) =>
  rejection("INTROSPECTION_NOT_ALLOWED", "This caller is not allowed to read the schema.", { nodes });
