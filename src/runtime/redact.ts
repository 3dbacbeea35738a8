import { isSecretName } from "./secret-names.ts";

const MAX_DEPTH = 8;
const MAX_TEXT_LENGTH = 4_000;

/** Replaces the values of secrets in JSON or text. Of a secret that was cut it finds nothing: whole texts are scrubbed, then cut. */
export type Scrub = (text: string) => string;

/** Returns the message, code, stack and cause of an error, without the members that a library attached to it. */
const errorMembers = (error: Error, scrub: Scrub, depth: number): Record<string, unknown> => {
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause =
    error.cause instanceof Error && depth < MAX_DEPTH ? { cause: errorMembers(error.cause, scrub, depth + 1) } : {};
  const [message, stack] = [redact(error.message, scrub), redact(error.stack, scrub)];
  return { name: error.name, message, ...code, stack, ...cause };
};

const isCount = (name: string, member: unknown): boolean => name === "tokens" && typeof member === "number";

/** Whether nothing of a value is to be redacted, as in nearly all lines. */
const isHarmless = (value: unknown): boolean =>
  typeof value === "string"
    ? value.length <= MAX_TEXT_LENGTH
    : value === null || (typeof value !== "object" && typeof value !== "bigint");

const isClean = (value: object): boolean => {
  for (const name in value) {
    if (isSecretName(name) || !isHarmless(value[name as keyof typeof value])) return false;
  }
  return true;
};

/**
 * Prepares a value for the log: redacts members with the name of a secret at any depth, and shortens bytes and long texts. Only the texts
 * that it shortens are scrubbed here; the line is scrubbed as a whole.
 */
export const redact = (value: unknown, scrub: Scrub, depth = 0): unknown => {
  if (typeof value === "string")
    return value.length > MAX_TEXT_LENGTH ? `${scrub(value).slice(0, MAX_TEXT_LENGTH)}...` : value;
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  if (value instanceof Error) return errorMembers(value, scrub, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[deep]";
  if ("toJSON" in value && typeof value.toJSON === "function") return redact(value.toJSON(), scrub, depth + 1);
  if (Array.isArray(value)) return value.map((each) => redact(each, scrub, depth + 1));
  if (isClean(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecretName(name) && !isCount(name, member) ? "[redacted]" : redact(member, scrub, depth + 1),
    ]),
  );
};

/** Shorter values are not scrubbed: they occur in unrelated text. */
const MIN_SECRET_LENGTH = 8;

/** Values that must not be written. A function returns a new array when they change. */
export type Secrets = readonly string[] | (() => readonly string[]);

/** Creates a function that replaces the values in a line of JSON, whether they are plain, escaped or URL-encoded. */
export const createScrubber = (secrets: Secrets): Scrub => {
  const current = typeof secrets === "function" ? secrets : () => secrets;
  let known: readonly string[] = [];
  let spellings: readonly string[] = [];
  return (line) => {
    if (current() !== known) {
      known = current();
      spellings = spellingsOf(known);
    }
    return spellings.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, "[redacted]"), line);
  };
};

const spellingsOf = (secrets: readonly string[]): readonly string[] => {
  const spellings = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
};
