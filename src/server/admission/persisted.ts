import { createHash } from "node:crypto";
import type { GraphQLParams } from "../http/request.ts";
import { type OperationRejected, rejection } from "./operation-rejected.ts";

/** The documents that the operator stores, and whether other documents are accepted. */
export interface PersistedOptions {
  /** By `documentKey` of their IDs. */
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
  const byKey = new Map([...documents].map(([key, text]) => [key, createDocument(text, analyze)]));
  const byText = new Map([...byKey.values()].map((document) => [document.text, document]));
  return {
    find(params) {
      const id = idOf(params);
      if (params.query === "" && id === undefined && params.extensions?.["persistedQuery"] != null)
        throw hashRequired();
      const found = id === undefined ? byText.get(params.query) : byKey.get(documentKey(id));
      if (found !== undefined && params.query !== "" && params.query !== found.text) throw mismatch();
      if (found !== undefined) return found;
      if (only) throw required();
      if (params.query === "" && id !== undefined) throw documents.size === 0 ? notSupported() : notFound();
      if (!isOwnHash(params)) throw mismatch();
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

/** Reads the hash that clients of automatically persisted queries send. */
const sentHash = ({ extensions }: GraphQLParams): string | undefined => {
  const persisted = extensions?.["persistedQuery"];
  const hash =
    typeof persisted === "object" && persisted !== null && "sha256Hash" in persisted ? persisted.sha256Hash : undefined;
  return typeof hash === "string" && hash !== "" ? hash : undefined;
};

const idOf = (params: GraphQLParams): string | undefined => params.documentId ?? sentHash(params);

/** Whether the hash that is sent with a document is its own. The document that a cache finds by another hash would be another one. */
const isOwnHash = (params: GraphQLParams): boolean => {
  const hash = sentHash(params);
  return hash === undefined || documentKey(hash) === createHash("sha256").update(params.query).digest("hex");
};

/** Returns the canonical form of an ID: without `sha256:`, and in lower case if it is hexadecimal. */
export const documentKey = (id: string): string => {
  const key = id.replace(/^sha256:/, "");
  return /^[\da-f]+$/i.test(key) ? key.toLowerCase() : key;
};

const required = (): OperationRejected =>
  rejection(
    "PERSISTED_OPERATION_REQUIRED",
    "This server executes stored documents only, and this document is not stored.",
  );

/** Clients of automatically persisted queries send the document when they see this code, or exactly this message. */
const notFound = (): OperationRejected => rejection("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");

/** Clients of automatically persisted queries stop sending hashes when they see this code, or exactly this message. */
const notSupported = (): OperationRejected => rejection("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");

const hashRequired = (): OperationRejected =>
  rejection(
    "BAD_REQUEST",
    "Without `query`, `extensions.persistedQuery.sha256Hash` must be the SHA-256 of the document.",
  );

const mismatch = (): OperationRejected =>
  rejection(
    "BAD_REQUEST",
    "The document must match the hash that is sent with it; send either of them, or a matching pair.",
  );
