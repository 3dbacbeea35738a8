import type { AccessConfig } from "../../config/access.ts";
import { ANONYMOUS } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import type { PresentedCredential } from "./credentials.ts";
import { openAccessFile } from "./access-file.ts";
import { type ApiKey, findApiKey, findApiKeyById, parseApiKeys } from "./api-keys.ts";
import { AuthenticationError } from "./authentication-error.ts";
import type { IdentityReference } from "./reference.ts";
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
  /** What was authenticated by a source that is no longer configured is not accepted any more. */
  const byReference = async ({ viewer, expiresAt, keyId }: IdentityReference): Promise<Identity> => {
    if (keyId !== null && byKey !== null) return byKey.findById(keyId);
    if (viewer.credential !== "token" || byToken === null) throw new AuthenticationError("unknown kind of credential");
    if (expiresAt !== null && expiresAt <= Date.now()) throw new AuthenticationError("a token that has expired");
    return { viewer, expiresAt };
  };
  return async (credential) => {
    if (credential.kind === "nothing") throw new AuthenticationError("no credential");
    if (credential.kind === "unusable") throw new AuthenticationError(credential.reason);
    if (credential.kind === "reference") return byReference(credential.reference);
    const identity = (await byKey?.find(credential.text)) ?? null;
    if (identity !== null) return identity;
    if (byToken === null) throw new AuthenticationError("unknown API key");
    if (!isCompactJwt(credential.text))
      throw new AuthenticationError(byKey === null ? "not a token" : "neither a known API key nor a token");
    return byToken(credential.text);
  };
};

const openApiKeys = async (path: string, onFault: (error: unknown) => void) => {
  const file = await openAccessFile({ variable: "ACCESS_API_KEYS_FILE", path, parse: parseApiKeys, onFault });
  const identityOf = ({ id, identity }: ApiKey): Identity => ({
    ...identity,
    keyId: id,
    isRevoked: () => !file.value().has(id),
  });
  return {
    async find(text: string): Promise<Identity | null> {
      const key = findApiKey(await file.fresh(), text, Date.now());
      return key && identityOf(key);
    },
    findById: async (id: string): Promise<Identity> => identityOf(findApiKeyById(await file.fresh(), id, Date.now())),
  };
};

const openTokens = async ({ keys, ...rules }: NonNullable<AccessConfig["jwt"]>, onFault: (error: unknown) => void) => {
  const source = await openTokenKeys({ keys, onFault });
  return (text: string) => identityOfToken(source, rules, text, Date.now());
};
