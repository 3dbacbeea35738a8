import { readFile } from "node:fs/promises";
import { ConfigError } from "../../config/config.ts";
import type { Admission } from "./admission.ts";
import { parseManifest, type PersistedOptions } from "./persisted.ts";

const faulty = (faults: readonly string[]) =>
  new ConfigError(faults.map((fault) => `PERSISTED_OPERATIONS_FILE: ${fault}.`));

/** Reads the stored documents; rejects with ConfigError. */
export const readManifest = async (path: string | null): Promise<PersistedOptions["documents"]> => {
  if (path === null) return new Map();
  const text = await readFile(path, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw faulty([`the file cannot be read (${code ?? "unknown error"})`]);
  });
  const { documents, faults } = parseManifest(text);
  if (faults.length > 0) throw faulty(faults);
  return documents;
};

/** Throws ConfigError with a line for each stored document that this server would refuse. */
export const checkManifest = (documents: PersistedOptions["documents"], { faults }: Admission): void => {
  const lines = [...documents].flatMap(([hash, text]) =>
    faults(text)
      .slice(0, 1)
      .map(({ message }) => `${hash}: ${message.replace(/\.$/, "")}`),
  );
  if (lines.length > 0) throw faulty(lines);
};
