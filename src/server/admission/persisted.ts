import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { OperationRejected } from "./rejected.ts";
import type { GraphQLParams } from "../http/request.ts";

/** Documents that are stored here, and whether others are taken, too. */
export interface PersistedOptions {
  /** By their SHA-256 in hexadecimal digits. */
  readonly documents: ReadonlyMap<string, string>;
  readonly only: boolean;
}

interface Stored<Known> {
  readonly text: string;
  /** What was found out about it; throws NotAdmitted. */
  readonly known: () => Known;
}

/** The documents that were stored here by the operator: clients add none. */
interface Store<Known> {
  /** The stored document that a request names or carries; undefined when it carries another one. Throws NotAdmitted. */
  readonly find: (params: GraphQLParams) => Stored<Known> | undefined;
}

export const createStore = <Known>(
  { documents, only }: PersistedOptions,
  examine: (text: string) => Known,
): Store<Known> => {
  const byHash = new Map([...documents].map(([hash, text]) => [hash, stored(text, examine)]));
  const byText = new Map([...byHash.values()].map((each) => [each.text, each]));
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

const stored = <Known>(text: string, examine: (text: string) => Known): Stored<Known> => {
  let known: { readonly value: Known } | undefined;
  return {
    text,
    known() {
      known ??= { value: examine(text) };
      return known.value;
    },
  };
};

/** `documentId`, with or without `sha256:`, or what clients of automatically persisted queries send. */
const hashOf = ({ documentId, extensions }: GraphQLParams): string | undefined => {
  const persisted = extensions?.["persistedQuery"];
  const sent =
    typeof persisted === "object" && persisted !== null && "sha256Hash" in persisted ? persisted.sha256Hash : undefined;
  const id = documentId ?? sent;
  return typeof id === "string" ? id.replace(/^sha256:/, "").toLowerCase() : undefined;
};

/** Reads the manifest, a JSON object that has each document at its SHA-256. A fault is a sentence without its full stop. */
export const parseManifest = (
  text: string,
): { readonly documents: PersistedOptions["documents"]; readonly faults: readonly string[] } => {
  const documents = new Map<string, string>();
  const entries = entriesOf(text);
  if (entries === null) {
    return { documents, faults: ["the file is no JSON object that has each document at its SHA-256"] };
  }
  const faults: string[] = [];
  for (const [hash, document] of entries) {
    const right = typeof document === "string" ? createHash("sha256").update(document).digest("hex") : null;
    if (typeof document !== "string") faults.push(`${shown(hash)}: its document has to be a string`);
    else if (right !== hash) faults.push(`${shown(hash)}: the SHA-256 of its document is ${right}`);
    else documents.set(hash, document);
  }
  return { documents, faults };
};

const shown = (hash: string): string => JSON.stringify(hash.slice(0, 80));

const entriesOf = (text: string): [string, unknown][] | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
  } catch {
    return null;
  }
};

const refused = (message: string, code: object) =>
  new OperationRejected([new GraphQLError(message, { extensions: { ...code, http: { status: 400 } } })]);

const required = () =>
  refused("This server executes stored documents only, and this is none of them.", {
    code: "PERSISTED_OPERATION_REQUIRED",
  });

/** The codes of automatically persisted queries: their clients send the document then. */
const notFound = () =>
  refused("No document of this hash is stored here: send the document.", { code: "PERSISTED_QUERY_NOT_FOUND" });

const notSupported = () =>
  refused("No documents are stored here: send the document.", { code: "PERSISTED_QUERY_NOT_SUPPORTED" });

const mismatch = () =>
  refused("The document is not the one of the hash beside it: send either, or both that fit.", {
    code: "BAD_REQUEST",
  });
