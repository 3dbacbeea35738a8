import { setTimeout as delay } from "node:timers/promises";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { connectReason, systemCodeOf } from "../../runtime/connect-fault.ts";

const FETCH_MS = 5_000;
/** Minimum time between two requests to the issuer while its keys are known, and while they are not, whatever the number of tokens. */
const INTERVAL_MS = { known: 30_000, unknown: 5_000 } as const;
const FRESH_MS = 600_000;
/** How long the issuer's keys are used if it does not answer. */
const MAX_STALE_MS = 3_600_000;
/** How long tokens whose keys are known wait for an issuer that does not answer yet. */
const PATIENCE_MS = 1_000;

/** The issuer does not deliver its keys, and none are known that are recent enough. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";

  constructor() {
    super("The keys of the issuer cannot be read.");
  }
}

/**
 * Returns the keys of an issuer, fetched from this URL only, whatever location a token names. Anything but a key set is
 * a fault, like no answer, and the last known keys remain in use for an hour.
 */
export const createIssuerKeys = (url: string, onFault: (error: unknown) => void): JWTVerifyGetKey => {
  let known: { readonly keys: JWTVerifyGetKey; readonly at: number } | null = null;
  let requestedAt = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let request: Promise<void> | null = null;

  const keysOfAge = (maxMs: number): JWTVerifyGetKey | null =>
    known !== null && performance.now() - known.at <= maxMs ? known.keys : null;

  const refresh = async (): Promise<void> => {
    try {
      known = { keys: await fetchKeys(url), at: performance.now() };
      isFailing = false;
    } catch (error) {
      isFailing = true;
      onFault(error);
    } finally {
      request = null;
    }
  };

  /** Resolves when the issuer has answered or failed; at once if it was asked a moment ago. */
  const load = async (): Promise<void> => {
    const interval = keysOfAge(MAX_STALE_MS) === null ? INTERVAL_MS.unknown : INTERVAL_MS.known;
    if (request === null && performance.now() - requestedAt >= interval) {
      requestedAt = performance.now();
      request = refresh();
    }
    await request;
  };

  const current = async (): Promise<JWTVerifyGetKey> => {
    const fresh = keysOfAge(FRESH_MS);
    if (fresh !== null) return fresh;
    const loading = load();
    if (keysOfAge(MAX_STALE_MS) === null) await loading;
    else if (!isFailing)
      await Promise.race([
        loading,
        delay(Math.max(0, requestedAt + PATIENCE_MS - performance.now()), undefined, { ref: false }),
      ]);
    const usable = keysOfAge(MAX_STALE_MS);
    if (usable === null) throw new KeysUnavailableError();
    return usable;
  };

  return async (header, token) => {
    const keys = await current();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await load();
      if (known === null || known.keys === keys) throw error;
      return known.keys(header, token);
    }
  };
};

const fetchKeys = async (url: string): Promise<JWTVerifyGetKey> => {
  const signal = AbortSignal.timeout(FETCH_MS);
  const headers = { accept: "application/json, application/jwk-set+json" };
  try {
    const response = await fetch(url, { signal, redirect: "manual", headers });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`The issuer must answer the request for its keys with status 200; received ${response.status}.`);
    }
    return keysOf(await response.text());
  } catch (error) {
    if (signal.aborted) throw new Error(`The issuer did not answer within ${FETCH_MS / 1000} s.`, { cause: error });
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw new Error(`The issuer cannot be reached${connectReason(code)}.`, { cause: error });
  }
};

const keysOf = (text: string): JWTVerifyGetKey => {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    // The parser's message may repeat what was received.
    throw new Error("The issuer must answer the request for its keys with a JSON Web Key Set.");
  }
};
