import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ConfigError } from "../../config/config.ts";
import type { Admission } from "./admission.ts";
import type { PersistedOptions } from "./persisted.ts";

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

/** Throws ConfigError with a line for each stored document that this server would reject. */
export const checkManifest = (documents: Documents, { validate }: Admission): void => {
  const faults = [...documents].flatMap(([hash, text]) =>
    validate(text)
      .slice(0, 1)
      .map(({ message }) => `${hash}: ${message.replace(/\.$/, "")}`),
  );
  if (faults.length > 0) throw invalidManifest(faults);
};

/** Parses the manifest: a JSON object with the SHA-256 of each document as key. A fault is a sentence without its period. */
const parseManifest = (text: string): { readonly documents: Documents; readonly faults: readonly string[] } => {
  const documents = new Map<string, string>();
  const entries = entriesOf(text);
  if (entries === null) {
    return { documents, faults: ["the file must be a JSON object with the SHA-256 of each document as key"] };
  }
  const faults: string[] = [];
  for (const [hash, document] of entries) {
    const expected = typeof document === "string" ? createHash("sha256").update(document).digest("hex") : null;
    if (typeof document !== "string") faults.push(`${excerpt(hash)}: the document must be a string`);
    else if (expected !== hash) faults.push(`${excerpt(hash)}: the SHA-256 of the document is ${expected}`);
    else documents.set(hash, document);
  }
  return { documents, faults };
};

const excerpt = (hash: string): string => JSON.stringify(hash.slice(0, 80));

const entriesOf = (text: string): [string, unknown][] | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
  } catch {
    return null;
  }
};
