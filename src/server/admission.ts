import { type DocumentNode, GraphQLError, type GraphQLSchema, validate } from "graphql";
import { createDocumentCache } from "./documents.ts";
import { limitErrors, type Limits } from "./limits.ts";
import { parseDocument } from "./parse.ts";

/** What a document has to pass before anything of it is executed, over every transport alike. */
export interface Admission {
  /** Throws a GraphQLError. */
  readonly parse: (text: string) => DocumentNode;
  /** What is wrong with it; nothing when it may be executed. */
  readonly check: (document: DocumentNode) => readonly GraphQLError[];
  /** Both at once, remembered for documents that passed. Throws the first of the errors. */
  readonly admit: (text: string) => DocumentNode;
}

export interface AdmissionOptions {
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  /** Whether messages may tell names of the schema. */
  readonly suggestions: boolean;
}

export const CACHED_DOCUMENTS = { maxLength: 256 * 1024, maxKeyLength: 32 * 1024 };
const MAX_VALIDATION_ERRORS = 5;

export const createAdmission = ({ schema, limits, suggestions }: AdmissionOptions): Admission => {
  const passed = createDocumentCache<DocumentNode>(CACHED_DOCUMENTS.maxLength, CACHED_DOCUMENTS.maxKeyLength);
  const parse = (text: string) => parseDocument(text, limits);
  const check = (document: DocumentNode): readonly GraphQLError[] => {
    const excess = limitErrors(document, limits);
    if (excess.length > 0) return excess;
    const options = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggestions };
    return validate(schema, document, undefined, options).slice(0, MAX_VALIDATION_ERRORS);
  };
  const parseOrThrow = (text: string): DocumentNode => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof GraphQLError ? coded(error, "GRAPHQL_PARSE_FAILED") : error;
    }
  };
  return {
    parse,
    check,
    admit(text) {
      const known = passed.get(text);
      if (known !== undefined) return known;
      const document = parseOrThrow(text);
      const [fault] = check(document);
      if (fault !== undefined) throw coded(fault, "GRAPHQL_VALIDATION_FAILED");
      passed.set(text, document);
      return document;
    },
  };
};

/** The error with the code that Yoga gives it over HTTP. */
const coded = ({ message, nodes, source, positions, extensions }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, ...extensions },
  });
