import type { AccessConfig } from "../../config/access.ts";
import { ANONYMOUS } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import type { PresentedCredential } from "./credentials.ts";
import { openAccessFile } from "./access-file.ts";
import { findApiKey, parseApiKeys } from "./api-keys.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { identityOfToken, isCompactJwt } from "./token.ts";
import { openTokenKeys } from "./token-keys.ts";

/**
 * Returns the identity of a credential.
 *
 * @throws AuthenticationError if the credential is missing or not valid.
 */
export type Identify = (credential: PresentedCredential) => Promise<Identity>;

export interface IdentifyOptions {
  readonly access: AccessConfig;
  /** Called if a file or the issuer of tokens fails; the last known keys remain in use. */
  readonly onFault: (error: unknown) => void;
}

const ANONYMOUS_IDENTITY: Identity = { viewer: ANONYMOUS, expiresAt: null };

/** Accepts every request as anonymous. */
export const identifyAnonymous: Identify = async () => ANONYMOUS_IDENTITY;

/**
 * Opens the API keys and the keys of tokens.
 *
 * @throws ConfigError if a file is missing or invalid.
 */
export const openIdentify = async ({ access, onFault }: IdentifyOptions): Promise<Identify> => {
  if (access.open) return identifyAnonymous;
  const byKey = access.apiKeysFile === null ? null : await openApiKeys(access.apiKeysFile, onFault);
  const byToken = access.jwt === null ? null : await openTokens(access.jwt, onFault);
  return async (credential) => {
    if (credential.kind === "nothing") throw new AuthenticationError("no credential");
    if (credential.kind === "unusable") throw new AuthenticationError(credential.reason);
    const identity = (await byKey?.(credential.text)) ?? null;
    if (identity !== null) return identity;
    if (byToken === null) throw new AuthenticationError("unknown API key");
    if (!isCompactJwt(credential.text))
      throw new AuthenticationError(byKey === null ? "not a token" : "neither a known API key nor a token");
    return byToken(credential.text);
  };
};

const openApiKeys = async (path: string, onFault: (error: unknown) => void) => {
  const file = await openAccessFile({ variable: "ACCESS_API_KEYS_FILE", path, parse: parseApiKeys, onFault });
  return async (text: string): Promise<Identity | null> => {
    const key = findApiKey(await file.fresh(), text, Date.now());
    return key && { ...key.identity, isRevoked: () => !file.value().has(key.id) };
  };
};

const openTokens = async ({ keys, ...rules }: NonNullable<AccessConfig["jwt"]>, onFault: (error: unknown) => void) => {
  const source = await openTokenKeys({ keys, onFault });
  return (text: string) => identityOfToken(source, rules, text, Date.now());
};
