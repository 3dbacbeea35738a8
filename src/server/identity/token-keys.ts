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
import { openAccessFile } from "./access-file.ts";

export interface TokenKeysOptions {
  readonly keys: JwtKeys;
  /** Told when keys cannot be had any more; those that are known stand. */
  readonly onFault: (error: unknown) => void;
}

const FETCH_MS = 5_000;
/** An issuer that does not answer is asked again after this at the earliest, however many tokens come. */
const PAUSE_MS = 5_000;
const FRESH_MS = 600_000;
/** How long its keys are used when it does not answer. */
const STALE_MS = 3_600_000;
/** A key that nobody knows has the issuer asked again once in this time. */
const COOLDOWN_MS = 30_000;

/** The keys that tokens are checked with. Rejects with ConfigError where a file has none. */
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

/** Whatever a token says of where keys are, they come from here. */
const remoteKeys = (url: string, onFault: (error: unknown) => void): JWTVerifyGetKey => {
  let askedAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;
  const ask = async (asked: string, options: object): Promise<Response> => {
    if (performance.now() - askedAt < PAUSE_MS) throw new Error("The issuer's keys were asked for a moment ago.");
    askedAt = performance.now();
    const response = await fetch(asked, options).catch((error: unknown) => {
      onFault(error);
      throw error;
    });
    if (response.ok) toldAt = performance.now();
    else onFault(new Error(`The issuer's keys were asked for; status ${response.status} came.`));
    return response;
  };
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: FRESH_MS,
    [customFetch]: ask,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const known = remote.jwks();
      const isAnswer = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isAnswer || known === undefined || performance.now() - toldAt > STALE_MS) throw error;
      return createLocalJWKSet(known)(header, token);
    }
  };
};

const fault = (line: string) => new ConfigError([`ACCESS_JWT_KEY_FILE: ${line}`]);

/** A PEM of one public key or certificate, or a set of JWKs. */
const parseKeyFile = (text: string): JWTVerifyGetKey => {
  if (text.includes("PRIVATE KEY")) throw fault("a private key came; wanted are public keys only.");
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
    // Said below: what a parser says may repeat the key.
  }
  throw fault("something else came; wanted is a PEM of a public key, or a JSON Web Key Set of public keys.");
};
