const SECRET_NAMES = new Set([
  "authtoken",
  "token",
  "callbacktoken",
  "devicetokens",
  "password",
  "pin",
  "template",
  "templates",
  "photo",
  "securitykey",
  "signingsecret",
  "linksecret",
  "verifier",
  "secret",
  "authorization",
  "apikey",
  "xapikey",
  "cookie",
  "setcookie",
]);

const MAX_DEPTH = 8;
const MAX_TEXT = 4_000;

const isSecretName = (name: string): boolean => SECRET_NAMES.has(name.replaceAll(/[-_]/g, "").toLowerCase());

/** What a log may say of an error: its own words and where it came from, none of the members a library hung on it. */
const errorFacts = (error: Error, depth: number): Record<string, unknown> => {
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause instanceof Error && depth < MAX_DEPTH ? { cause: errorFacts(error.cause, depth + 1) } : {};
  return { name: error.name, message: redact(error.message), ...code, stack: redact(error.stack), ...cause };
};

/** A copy fit for a log: members with a secret's name are blotted out at any depth, bytes and long texts are cut. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === "string") return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}...` : value;
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  if (value instanceof Error) return errorFacts(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[deep]";
  if ("toJSON" in value && typeof value.toJSON === "function") return redact(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecretName(name) ? "[redacted]" : redact(member, depth + 1),
    ]),
  );
};

const MIN_SECRET = 8;

/** Values that may not be written. A function may give others later, in another array. */
export type Secrets = readonly string[] | (() => readonly string[]);

/** Replaces these values wherever they stand in a line of JSON, plain, escaped or URL-encoded. */
export const createScrubber = (secrets: Secrets): ((line: string) => string) => {
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
    .filter((secret) => secret.length >= MIN_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
};
