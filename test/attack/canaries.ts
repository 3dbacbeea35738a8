import { keyOf } from "../kit/portico/callers.ts";

/** Secrets that the program is configured with or receives, and that must never appear in its output. */
export const CANARIES = {
  "token of the gateway": "CanaryAuthTokenOfTheNorthAbc1234",
  "token of another gateway": "CanaryAuthTokenOfTheSouthXyz9876",
  "path of callbacks": "canary-path-of-the-callbacks-north-0001",
  "path of other callbacks": "canary-path-of-the-callbacks-south-0002",
  "key that signs callbacks": "canary-signing-key-of-callbacks",
  "key that signs links": "canary-key-that-signs-links-0123456789",
  "password of Redis": "canary-password-of-redis",
  "secret of tokens": "canary-secret-of-json-web-tokens-01234",
  "key of routers": "canary-key-of-the-routers-0123456789-ab",
  "API key": keyOf("ada"),
  "PIN of a person": "48151623",
  template: "Q0FOQVJZLXRlbXBsYXRlLW9mLWEtZmluZ2Vy",
  photo: "/9j/Q0FOQVJZLXBob3RvLW9mLWEtZmFjZQ==",
} as const;

const MAX_LENGTH = Math.max(...Object.values(CANARIES).map(({ length }) => length));

/** The names of the secrets that a text contains. */
export const canariesIn = (text: string): readonly string[] =>
  Object.entries(CANARIES)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);

/** Creates a scanner for a text that arrives in chunks; it also finds secrets that are split between chunks. */
export const createScanner = (): ((chunk: string) => readonly string[]) => {
  let rest = "";
  return (chunk) => {
    const text = rest + chunk;
    rest = text.slice(1 - MAX_LENGTH);
    return canariesIn(text);
  };
};
