import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ConfigError } from "../../config/config.ts";
import { isMembers } from "../../contract/lookup.ts";
import { tryParseJson } from "../../runtime/json.ts";
import { withoutByteOrderMark } from "../http/request.ts";
import type { Admission, AdmissionSettings } from "./admission.ts";
import { documentKey, type PersistedOptions } from "./persisted.ts";

type Documents = PersistedOptions["documents"];

const invalidManifest = (faults: readonly string[]) =>
  new ConfigError(faults.map((fault) => `PERSISTED_OPERATIONS_FILE: ${fault}.`));

/** Reads the stored documents; rejects with ConfigError. */
export const readManifest = async (path: string | null): Promise<Documents> => {
  if (path === null) return new Map();
  const text = await readFile(path, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw invalidManifest([`the file cannot be read (${code ?? "unknown error"})`]);
  });
  const { documents, faults } = parseManifest(text);
  if (faults.length > 0) throw invalidManifest(faults);
  return documents;
};

/** Throws ConfigError with a line for each stored document that this server would reject, with its own limits or those of `settings`. */
export const checkManifest = (
  documents: Documents,
  { validate }: Pick<Admission, "validate">,
  settings?: AdmissionSettings,
): void => {
  const faults = [...documents].flatMap(([id, text]) =>
    validate(text, settings?.limits)
      .slice(0, 1)
      .map(({ message }) => `${id}: ${message.replace(/\.$/, "")}`),
  );
  if (faults.length > 0) throw invalidManifest(faults);
};

/** What a manifest of any format contains. */
interface Manifest {
  readonly entries: readonly (readonly [id: string, document: string])[];
  /** Whether an ID in the form of a SHA-256 is that of its document. */
  readonly isHashed: boolean;
}

const FORMATS =
  "the file must be a JSON object that maps IDs to documents, as graphql-codegen and Relay write it, " +
  'or a manifest of Apollo, with "format": "apollo-persisted-query-manifest" and "operations"';
const EMPTY = "the file must contain at least one document; received none";
const APOLLO = "apollo-persisted-query-manifest";

/** Parses a manifest. Each of its formats is recognized by its shape. A fault is a sentence without its period. */
const parseManifest = (text: string): { readonly documents: Documents; readonly faults: readonly string[] } => {
  const documents = new Map<string, string>();
  const manifest = manifestOf(tryParseJson(withoutByteOrderMark(text)));
  if (typeof manifest === "string") return { documents, faults: [manifest] };
  if (manifest.entries.length === 0) return { documents, faults: [EMPTY] };
  const faults: string[] = [];
  for (const [id, document] of manifest.entries) {
    const key = documentKey(id);
    const known = documents.get(key);
    const hash = manifest.isHashed && SHA256.test(key) ? sha256(document) : key;
    if (hash !== key) faults.push(`${excerpt(id)}: the SHA-256 of the document is ${hash}`);
    else if (known !== undefined && known !== document) faults.push(`${excerpt(id)}: two documents have this ID`);
    else documents.set(key, document);
  }
  return { documents, faults };
};

/** Returns the fault if the value has the shape of no format. */
const manifestOf = (value: unknown): Manifest | string => {
  if (!isMembers(value)) return FORMATS;
  if (value["format"] === APOLLO) return apolloManifest(value);
  const entries = Object.entries(value);
  const other = entries.find((entry) => typeof entry[1] !== "string");
  if (other !== undefined) return `${excerpt(other[0])}: the document must be a string; ${FORMATS}`;
  return { entries: entries as [string, string][], isHashed: true };
};

/** Apollo's IDs are chosen by its tools: the SHA-256 of another form of the document, or anything else. */
const apolloManifest = ({ version, operations }: Readonly<Record<string, unknown>>): Manifest | string => {
  if (version !== 1) return `"version" must be 1; received ${excerpt(JSON.stringify(version) ?? "nothing")}`;
  if (!Array.isArray(operations)) return `"operations" must be a list; ${FORMATS}`;
  const entries: [string, string][] = [];
  for (const [index, operation] of operations.entries()) {
    const { id, body } = isMembers(operation) ? operation : {};
    if (typeof id !== "string" || typeof body !== "string") {
      return `operation ${index + 1}: "id" and "body" must be strings; ${FORMATS}`;
    }
    entries.push([id, body]);
  }
  return { entries, isHashed: false };
};

const SHA256 = /^[0-9a-f]{64}$/;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const excerpt = (id: string): string => JSON.stringify(id.slice(0, 80));
