import type { AccessConfig } from "../../config/access.ts";
import { ANONYMOUS } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import type { PresentedCredential } from "./credentials.ts";
import { openAccessFile } from "./access-file.ts";
import { findKey, parseApiKeys } from "./api-keys.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { identityOfToken, isToken } from "./token.ts";
import { openTokenKeys } from "./token-keys.ts";

/** Tells who a caller is by what it shows. Rejects with Refused. */
export type Identify = (shown: PresentedCredential) => Promise<Identity>;

export interface IdentifyOptions {
  readonly access: AccessConfig;
  /** Told when a file or the issuer of tokens fails; what was known stands. */
  readonly onFault: (error: unknown) => void;
}

const EVERYBODY: Identity = { viewer: ANONYMOUS, expiresAt: null };

/** Lets everybody in. */
export const identifyAnonymous: Identify = async () => EVERYBODY;

/** Reads the keys and secrets that callers are known by; rejects with ConfigError where there are none. */
export const openIdentify = async ({ access, onFault }: IdentifyOptions): Promise<Identify> => {
  if (access.open) return identifyAnonymous;
  const byKey = access.apiKeysFile === null ? null : await openApiKeys(access.apiKeysFile, onFault);
  const byToken = access.jwt === null ? null : await openTokens(access.jwt, onFault);
  return async (shown) => {
    if (shown.kind === "nothing") throw new AuthenticationError("no credential");
    if (shown.kind === "unusable") throw new AuthenticationError(shown.reason);
    const identity = (await byKey?.(shown.text)) ?? null;
    if (identity !== null) return identity;
    if (byToken === null) throw new AuthenticationError("no such API key");
    if (!isToken(shown.text))
      throw new AuthenticationError(byKey === null ? "no token" : "no such API key, and no token");
    return byToken(shown.text);
  };
};

const openApiKeys = async (path: string, onFault: (error: unknown) => void) => {
  const file = await openAccessFile({ variable: "ACCESS_API_KEYS_FILE", path, parse: parseApiKeys, onFault });
  return async (text: string): Promise<Identity | null> => {
    const key = findKey(await file.fresh(), text, Date.now());
    return key && { ...key.identity, isRevoked: () => !file.value().has(key.id) };
  };
};

const openTokens = async ({ keys, ...rules }: NonNullable<AccessConfig["jwt"]>, onFault: (error: unknown) => void) => {
  const source = await openTokenKeys({ keys, onFault });
  return (text: string) => identityOfToken(source, rules, text, Date.now());
};
