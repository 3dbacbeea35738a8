import type { GraphQLParams } from "../http/request.ts";
import { type OperationRejected, rejection } from "./operation-rejected.ts";

/** The documents that the operator stores, and whether other documents are accepted. */
export interface PersistedOptions {
  /** By SHA-256 in hexadecimal digits. */
  readonly documents: ReadonlyMap<string, string>;
  readonly only: boolean;
}

interface PersistedDocument<Analyzed> {
  readonly text: string;
  /** Analyzes the document once; throws OperationRejected. */
  readonly analyze: () => Analyzed;
}

/** The documents that the operator stores. Clients add none. */
interface PersistedDocuments<Analyzed> {
  /**
   * Returns the stored document that a request names or contains, or undefined if the request contains another one.
   *
   * @throws OperationRejected
   */
  readonly find: (params: GraphQLParams) => PersistedDocument<Analyzed> | undefined;
}

/** Indexes the stored documents; each is analyzed when it is first requested. */
export const createPersistedDocuments = <Analyzed>(
  { documents, only }: PersistedOptions,
  analyze: (text: string) => Analyzed,
): PersistedDocuments<Analyzed> => {
  const byHash = new Map([...documents].map(([hash, text]) => [hash, createDocument(text, analyze)]));
  const byText = new Map([...byHash.values()].map((document) => [document.text, document]));
  return {
    find(params) {
      const hash = hashOf(params);
      const found = hash === undefined ? byText.get(params.query) : byHash.get(hash);
      if (found !== undefined && params.query !== "" && params.query !== found.text) throw mismatch();
      if (found !== undefined) return found;
      if (only) throw required();
      if (params.query === "" && hash !== undefined) throw documents.size === 0 ? notSupported() : notFound();
      return undefined;
    },
  };
};

const createDocument = <Analyzed>(text: string, analyze: (text: string) => Analyzed): PersistedDocument<Analyzed> => {
  let analyzed: { readonly value: Analyzed } | undefined;
  return {
    text,
    analyze() {
      analyzed ??= { value: analyze(text) };
      return analyzed.value;
    },
  };
};

/** Reads `documentId`, with or without `sha256:`, or the hash that clients of automatically persisted queries send. */
const hashOf = ({ documentId, extensions }: GraphQLParams): string | undefined => {
  const persisted = extensions?.["persistedQuery"];
  const sent =
    typeof persisted === "object" && persisted !== null && "sha256Hash" in persisted ? persisted.sha256Hash : undefined;
  const id = documentId ?? sent;
  return typeof id === "string" ? id.replace(/^sha256:/, "").toLowerCase() : undefined;
};

const required = (): OperationRejected =>
  rejection(
    "PERSISTED_OPERATION_REQUIRED",
    "This server executes stored documents only, and this document is not stored.",
  );

/** Clients of automatically persisted queries send the document when they see this code. */
const notFound = (): OperationRejected =>
  rejection("PERSISTED_QUERY_NOT_FOUND", "No document with this hash is stored; send the document.");

/** Clients of automatically persisted queries stop sending hashes when they see this code. */
const notSupported = (): OperationRejected =>
  rejection("PERSISTED_QUERY_NOT_SUPPORTED", "This server stores no documents; send the document.");

const mismatch = (): OperationRejected =>
  rejection(
    "BAD_REQUEST",
    "The document must match the hash that is sent with it; send either of them, or a matching pair.",
  );
