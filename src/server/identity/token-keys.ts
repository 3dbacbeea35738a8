import { createPublicKey } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import type { JwtKeys } from "../../config/access.ts";
import { ConfigError } from "../../config/config.ts";
import { connectReason, systemCodeOf } from "../../runtime/connect-fault.ts";
import { openAccessFile } from "./access-file.ts";

export interface TokenKeysOptions {
  readonly keys: JwtKeys;
  /** Called if the keys cannot be read or fetched; the last known keys remain in use. */
  readonly onFault: (error: unknown) => void;
}

const FETCH_MS = 5_000;
/** Minimum time between two requests to the issuer, whatever the number of tokens. */
const MIN_FETCH_INTERVAL_MS = 5_000;
const FRESH_MS = 600_000;
/** How long the issuer's keys are used if it does not answer. */
const MAX_STALE_MS = 3_600_000;
/** An unknown key id causes at most one request to the issuer in this time. */
const COOLDOWN_MS = 30_000;

/**
 * Opens the keys that verify tokens.
 *
 * @throws ConfigError if a file has no valid key.
 */
export const openTokenKeys = async ({ keys, onFault }: TokenKeysOptions): Promise<JWTVerifyGetKey> => {
  if (keys.kind === "url") return remoteKeys(keys.url, onFault);
  if (keys.kind === "secret") {
    const secret = new TextEncoder().encode(keys.secret);
    return async () => secret;
  }
  const { path } = keys;
  const file = await openAccessFile({ variable: "ACCESS_JWT_KEY_FILE", path, parse: parseKeyFile, onFault });
  return async (header, token) => (await file.fresh())(header, token);
};

/** The issuer does not deliver its keys, and none are known that are recent enough. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";

  constructor(cause: unknown) {
    super("The keys of the issuer cannot be read.", { cause });
  }
}

/** Fetches keys from this URL only, whatever location a token names. */
const remoteKeys = (url: string, onFault: (error: unknown) => void): JWTVerifyGetKey => {
  let requestedAt = Number.NEGATIVE_INFINITY;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  const fetchKeys = async (target: string, options: object): Promise<Response> => {
    if (performance.now() - requestedAt < MIN_FETCH_INTERVAL_MS)
      throw new Error("The keys of the issuer were requested a moment ago.");
    requestedAt = performance.now();
    const response = await fetch(target, options).catch((error: unknown) => {
      const code = systemCodeOf(error);
      onFault(
        code === undefined ? error : new Error(`The issuer cannot be reached${connectReason(code)}.`, { cause: error }),
      );
      throw error;
    });
    if (response.ok) fetchedAt = performance.now();
    else
      onFault(
        new Error(`The issuer must answer the request for its keys with status 200; received ${response.status}.`),
      );
    return response;
  };
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: FRESH_MS,
    [customFetch]: fetchKeys,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const known = remote.jwks();
      const isKnownMismatch =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isKnownMismatch) throw error;
      if (known === undefined || performance.now() - fetchedAt > MAX_STALE_MS) throw new KeysUnavailableError(error);
      return createLocalJWKSet(known)(header, token);
    }
  };
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
