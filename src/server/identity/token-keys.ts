import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { JwtKeys } from "../../config/access.ts";
import { ConfigError } from "../../config/config.ts";
import { openAccessFile } from "./access-file.ts";
import { createIssuerKeys } from "./issuer-keys.ts";

export interface TokenKeysOptions {
  readonly keys: JwtKeys;
  /** Called if the keys cannot be read or fetched; the last known keys remain in use. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Opens the keys that verify tokens.
 *
 * @throws ConfigError if a file has no valid key.
 */
export const openTokenKeys = async ({ keys, onFault }: TokenKeysOptions): Promise<JWTVerifyGetKey> => {
  if (keys.kind === "url") return createIssuerKeys(keys.url, onFault);
  if (keys.kind === "secret") {
    const secret = new TextEncoder().encode(keys.secret);
    return async () => secret;
  }
  const { path } = keys;
  const file = await openAccessFile({ variable: "ACCESS_JWT_KEY_FILE", path, parse: parseKeyFile, onFault });
  return async (header, token) => (await file.fresh())(header, token);
};

const fault = (line: string) => new ConfigError([`ACCESS_JWT_KEY_FILE: ${line}.`]);

/** Parses a PEM of one public key or certificate, or a JSON Web Key Set. */
const parseKeyFile = (text: string): JWTVerifyGetKey => {
  if (text.includes("PRIVATE KEY")) throw fault("the file must contain public keys only; received a private key");
  try {
    if (!text.trimStart().startsWith("{")) {
      const key = createPublicKey(text);
      return async () => key;
    }
    const set = JSON.parse(text) as JSONWebKeySet;
    const keys = createLocalJWKSet(set);
    const isPublic = set.keys.length > 0 && set.keys.every((key) => key.kty !== "oct" && key.d === undefined);
    if (isPublic) return keys;
  } catch {
    // The fault below replaces the parser's message, which may repeat the key.
  }
  throw fault("the file must contain a PEM of a public key, or a JSON Web Key Set of public keys");
};
