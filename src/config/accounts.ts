import { readFile } from "node:fs/promises";
import { z } from "zod";
import { issueWords } from "../contract/issue-words.ts";
import { DeviceSN } from "../contract/scalars.ts";
import { type Config, ConfigError } from "./config.ts";
import { stringsIn } from "./environment.ts";
import { parseKey, parsePathSecret, parseToken, parseUrl, type ParseResult } from "./values.ts";

/** An account of a gateway. */
export interface AccountConfig {
  /** The name by which the keys and tokens of callers refer to it. */
  readonly name: string;
  /** URL of the gateway: absolute, without a trailing slash. */
  readonly url: string;
  /** Null if the token is in a file. */
  readonly authToken: string | null;
  /** The file that holds the token, and the variable that names the file; null if `authToken` is set. */
  readonly authTokenFile: { readonly path: string; readonly variable: string } | null;
  /** By serial number. */
  readonly deviceTokens: ReadonlyMap<string, string>;
  /** Letters, digits, hyphens and underscores. Null for a random one per process. */
  readonly callbackSecret: string | null;
  readonly callbackSigningSecret: string | null;
  readonly callbackSecurityKey: string | null;
}

/** The account of callers whose credential names no account. */
export const DEFAULT_ACCOUNT = "default";

const VARIABLE = "GATEWAY_ACCOUNTS_FILE";

const read = <Value>(parse: (raw: string) => ParseResult<Value>) =>
  z.string().transform((raw, context): Value => {
    const result = parse(raw);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: `must be ${result.expected}; received ${result.received}` });
    return z.NEVER;
  });

/** The members whose strings are secrets: the log scrubs all of them. */
const SECRET_MEMBERS = {
  authToken: read(parseToken).optional(),
  deviceTokens: z.record(DeviceSN, read(parseToken)).default({}),
  callbackSecret: read(parsePathSecret),
  callbackSigningSecret: read(parseKey(16, 256)).optional(),
  callbackSecurityKey: read(parseKey(32, 32)).optional(),
};

const Entry = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 letters, digits, dots, underscores and hyphens"),
    url: read((raw) => parseUrl(raw, "loopback")),
    authTokenFile: z.string().min(1).optional(),
    ...SECRET_MEMBERS,
  })
  .refine(({ authToken, authTokenFile }) => (authToken === undefined) !== (authTokenFile === undefined), {
    message: "exactly one of authToken and authTokenFile is required",
  });

type Entry = z.infer<typeof Entry>;

const Entries = z.array(Entry, "must be a list of accounts").min(1, "must have at least one account");

/**
 * Parses the accounts file.
 *
 * @throws ConfigError with one line for each fault; no secret is part of it.
 */
export const parseAccounts = (text: string): readonly AccountConfig[] => {
  const { data = [], error } = Entries.safeParse(parseJson(text), { error: issueWords });
  const faults = error?.issues.map(({ path, message }) => `${locationOf(path)} ${message}`) ?? [];
  for (const member of ["name", "callbackSecret"] as const) {
    const values = data.map((entry) => entry[member]);
    const duplicate = values.findIndex((value, index) => values.indexOf(value) < index);
    if (duplicate >= 0) faults.push(`${locationOf([duplicate, member])} must differ between accounts`);
  }
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `${VARIABLE}: ${fault}.`));
  return data.map(toAccount);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError([`${VARIABLE}: the file must be JSON.`]);
  }
};

/** Accounts are counted from one, as people do. */
const locationOf = ([index, ...members]: readonly PropertyKey[]): string =>
  index === undefined
    ? "the file"
    : `account ${Number(index) + 1}${members.length === 0 ? ":" : `, ${members.join(".")}:`}`;

const toAccount = ({ authToken, authTokenFile, deviceTokens, ...entry }: Entry): AccountConfig => ({
  name: entry.name,
  url: entry.url,
  authToken: authToken ?? null,
  authTokenFile: authTokenFile === undefined ? null : { path: authTokenFile, variable: VARIABLE },
  deviceTokens: new Map(Object.entries(deviceTokens)),
  callbackSecret: entry.callbackSecret,
  callbackSigningSecret: entry.callbackSigningSecret ?? null,
  callbackSecurityKey: entry.callbackSecurityKey ?? null,
});

/**
 * Reads the accounts of a configuration: those of the accounts file, or the one that variables describe. `sandbox` is the gateway of
 * a configuration without one.
 *
 * @throws ConfigError with one line for each fault of the file.
 */
export const readAccounts = async (
  { accountsFile, gateway, ...config }: Config,
  sandbox: { readonly url: string; readonly token: string } | null,
): Promise<readonly AccountConfig[]> => {
  if (accountsFile !== null) {
    const text = await readFile(accountsFile, "utf8").catch((error: unknown) => {
      throw new ConfigError([`${VARIABLE}: ${(error as Error).message}.`]);
    });
    return parseAccounts(text);
  }
  const { callbackSecret, callbackSigningSecret, callbackSecurityKey } = config;
  const path = gateway?.authTokenFile ?? null;
  return [
    {
      name: DEFAULT_ACCOUNT,
      url: gateway?.url ?? sandbox?.url ?? "",
      authToken: path === null ? (gateway?.authToken ?? sandbox?.token ?? "") : null,
      authTokenFile: path === null ? null : { path, variable: "GATEWAY_AUTH_TOKEN_FILE" },
      deviceTokens: gateway?.deviceTokens ?? new Map(),
      callbackSecret,
      callbackSigningSecret,
      callbackSecurityKey,
    },
  ];
};

/** Returns all secret strings of an account. */
export const secretsOfAccount = (account: AccountConfig): readonly string[] =>
  (Object.keys(SECRET_MEMBERS) as (keyof typeof SECRET_MEMBERS)[]).flatMap((member) => stringsIn(account[member]));
