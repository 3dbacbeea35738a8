import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { ConfigError } from "../../config/config.ts";
import { SCOPES } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import { hasDuplicates } from "./json.ts";
import { AuthenticationError } from "./authentication-error.ts";

interface ApiKey {
  /** Changes with anything that is said of it. */
  readonly id: string;
  readonly digest: Buffer;
  readonly identity: Identity;
}

/** By id. */
export type ApiKeys = ReadonlyMap<string, ApiKey>;

const scopes = `one of ${SCOPES.join(", ")}`;

const Entries = z.array(
  z.strictObject({
    name: z.string().min(1).max(64),
    sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "wanted are 64 hexadecimal digits, the SHA-256 of the key"),
    scopes: z.array(z.enum(SCOPES, `wanted is ${scopes}`)),
    account: z.string().min(1).max(128).default("default"),
    expiresAt: z.iso
      .datetime({ offset: true, error: "wanted is an RFC 3339 time, such as 2027-01-31T00:00:00Z" })
      .optional(),
  }),
  "wanted is a list of keys",
);

type Entry = z.infer<typeof Entries>[number];

/** Reads the file of API keys. Throws ConfigError with a line for each fault; no hash stands in it. */
export const parseApiKeys = (text: string): ApiKeys => {
  const { data = [], error } = Entries.safeParse(jsonOf(text));
  const faults = error?.issues.map(({ path, message }) => `${placeOf(path)}${message}`) ?? [];
  for (const member of ["name", "sha256"] as const) {
    const values = data.map((entry) => entry[member].toLowerCase());
    const twice = values.findIndex((value, index) => values.indexOf(value) < index);
    if (twice >= 0) faults.push(`${placeOf([twice, member])}it came before; wanted is another one for each key`);
  }
  if (faults.length > 0) throw fault(faults);
  return new Map(data.map(apiKeyOf).map((key) => [key.id, key]));
};

/** The key that was given; null for what is none. Every key is compared, so that the time it takes tells nothing. Throws Refused. */
export const findKey = (keys: ApiKeys, given: string, now: number): ApiKey | null => {
  const digest = createHash("sha256").update(given).digest();
  const [found] = [...keys.values()].filter((key) => timingSafeEqual(key.digest, digest));
  if (found === undefined) return null;
  const { expiresAt } = found.identity;
  if (expiresAt !== null && expiresAt <= now) throw new AuthenticationError("the API key has expired");
  return found;
};

const fault = (lines: readonly string[]) => new ConfigError(lines.map((line) => `ACCESS_API_KEYS_FILE: ${line}.`));

const jsonOf = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault(["the file is not JSON; wanted is a list of keys"]);
  }
  if (hasDuplicates(text)) throw fault(["a member of an object came twice; wanted is each once"]);
  return value;
};

/** Entries are counted from one, as people do. */
const placeOf = ([index, ...members]: readonly PropertyKey[]): string =>
  index === undefined ? "" : `key ${Number(index) + 1}${members.length === 0 ? "" : `, ${members.join(".")}`}: `;

const apiKeyOf = ({ name, sha256, scopes, account, expiresAt }: Entry): ApiKey => ({
  id: JSON.stringify([name, sha256, scopes, account, expiresAt]),
  digest: Buffer.from(sha256, "hex"),
  identity: {
    viewer: { name, account, scopes: SCOPES.filter((scope) => scopes.includes(scope)) },
    expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
  },
});
