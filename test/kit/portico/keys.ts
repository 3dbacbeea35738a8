import { createHash } from "node:crypto";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface KeyEntry {
  readonly scopes?: readonly string[];
  readonly account?: string;
  readonly expiresAt?: string;
}

/** A file of API keys with these entries; see `keyOf` for their keys. */
export const keyFile = (entries: Readonly<Record<string, KeyEntry>>): string =>
  JSON.stringify(
    Object.entries(entries).map(([name, entry]) => ({ name, sha256: sha256(keyOf(name)), scopes: [], ...entry })),
  );

export const keyOf = (name: string): string => `key-of-${name}-0123456789`;

export const bearer = (credential: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${credential}`,
});
