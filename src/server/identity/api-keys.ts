import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { DEFAULT_ACCOUNT } from "../../config/accounts.ts";
import { ConfigError } from "../../config/config.ts";
import { issueWords } from "../../contract/issue-words.ts";
import { SCOPES } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import { hasDuplicateMembers } from "./json.ts";
import { AuthenticationError } from "./authentication-error.ts";

/** One API key and the identity of its callers. */
export interface ApiKey {
  /** Changes when any member of the entry changes. */
  readonly id: string;
  readonly digest: Buffer;
  readonly identity: Identity;
}

/** API keys by id. */
export type ApiKeys = ReadonlyMap<string, ApiKey>;

const Entries = z.array(
  z.strictObject({
    name: z.string().min(1).max(64),
    sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "must be the SHA-256 of the key: 64 hexadecimal digits"),
    scopes: z.array(z.enum(SCOPES, `must be one of ${SCOPES.join(", ")}`)),
    account: z.string().min(1).max(128).default(DEFAULT_ACCOUNT),
    expiresAt: z.iso
      .datetime({ offset: true, error: "must be an RFC 3339 time such as 2027-01-31T00:00:00Z" })
      .optional(),
  }),
  "must be a list of keys",
);

type Entry = z.infer<typeof Entries>[number];

/**
 * Parses the file of API keys.
 *
 * @throws ConfigError with one line for each fault; no hash is part of it.
 */
export const parseApiKeys = (text: string): ApiKeys => {
  const { data = [], error } = Entries.safeParse(parseJson(text), { error: issueWords });
  const faults = error?.issues.map(({ path, message }) => `${locationOf(path)} ${message}`) ?? [];
  for (const member of ["name", "sha256"] as const) {
    const values = data.map((entry) => entry[member].toLowerCase());
    const duplicate = values.findIndex((value, index) => values.indexOf(value) < index);
    if (duplicate >= 0) faults.push(`${locationOf([duplicate, member])} must differ between keys`);
  }
  if (faults.length > 0) throw configError(faults);
  return new Map(data.map(toApiKey).map((key) => [key.id, key]));
};

/**
 * Returns the API key that an identity was authenticated with before.
 *
 * @throws AuthenticationError if the key has expired, was removed or changed.
 */
export const findApiKeyById = (keys: ApiKeys, id: string, now: number): ApiKey => {
  const found = keys.get(id);
  if (found === undefined) throw new AuthenticationError("the API key was removed or changed");
  return requireUnexpired(found, now);
};

/**
 * Returns the API key of a text, or null. Every key is compared, so that the duration reveals nothing. `now` is in
 * milliseconds since 1970 UTC.
 *
 * @throws AuthenticationError if the key has expired.
 */
export const findApiKey = (keys: ApiKeys, text: string, now: number): ApiKey | null => {
  const digest = createHash("sha256").update(text).digest();
  const [found] = [...keys.values()].filter((key) => timingSafeEqual(key.digest, digest));
  return found === undefined ? null : requireUnexpired(found, now);
};

const requireUnexpired = (key: ApiKey, now: number): ApiKey => {
  const { expiresAt } = key.identity;
  if (expiresAt !== null && expiresAt <= now) throw new AuthenticationError("the API key has expired");
  return key;
};

const configError = (faults: readonly string[]) =>
  new ConfigError(faults.map((fault) => `ACCESS_API_KEYS_FILE: ${fault}.`));

const parseJson = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw configError(["the file must be JSON"]);
  }
  if (hasDuplicateMembers(text)) throw configError(["the members of each object must be unique"]);
  return value;
};

/** Keys are counted from one, as people do. */
const locationOf = ([index, ...members]: readonly PropertyKey[]): string =>
  index === undefined
    ? "the file"
    : `key ${Number(index) + 1}${members.length === 0 ? ":" : `, ${members.join(".")}:`}`;

/** It is part of tickets: it must not reveal the hash of the key. */
const idOf = ({ name, sha256, scopes, account, expiresAt }: Entry): string =>
  createHash("sha256")
    .update(JSON.stringify([name, sha256, scopes, account, expiresAt]))
    .digest("base64url");

const toApiKey = ({ name, sha256, scopes, account, expiresAt }: Entry): ApiKey => ({
  id: idOf({ name, sha256, scopes, account, expiresAt }),
  digest: Buffer.from(sha256, "hex"),
  identity: {
    viewer: {
      credential: "apiKey",
      issuer: null,
      name,
      account,
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    },
    expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
  },
});
