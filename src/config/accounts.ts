import { z } from "zod";
import { ConfigError } from "./config.ts";
import { parseKey, parsePathSecret, parseToken, parseUrl, type ParseResult } from "./values.ts";

/** An account of a gateway. */
export interface AccountConfig {
  /** What callers' keys and tokens name it by. */
  readonly name: string;
  /** Absolute, without a slash at its end. */
  readonly url: string;
  /** The token, or the file that holds it and the name of the setting that told it. */
  readonly authToken: string | { readonly file: string; readonly setting: string };
  /** By serial number. */
  readonly deviceTokens: ReadonlyMap<string, string>;
  /** Letters, digits, - and _. Null: to be made at random for the life of the process. */
  readonly callbackSecret: string | null;
  readonly callbackSigningSecret: string | null;
  readonly callbackSecurityKey: string | null;
}

/** The account of callers that name none. */
export const DEFAULT_ACCOUNT = "default";

const SETTING = "GATEWAY_ACCOUNTS_FILE";

const read = <Value>(parse: (raw: string) => ParseResult<Value>) =>
  z.string().transform((raw, context): Value => {
    const result = parse(raw);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: `wanted is ${result.wanted}` });
    return z.NEVER;
  });

const Entry = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "wanted are 1 to 64 letters, digits, `.`, `_` and `-`"),
    url: read((raw) => parseUrl(raw, "loopback")),
    authToken: read(parseToken).optional(),
    authTokenFile: z.string().min(1).optional(),
    deviceTokens: z.record(z.string().regex(/^[A-Za-z0-9-]{6,32}$/), read(parseToken)).default({}),
    callbackSecret: read(parsePathSecret),
    callbackSigningSecret: read(parseKey(16, 256)).optional(),
    callbackSecurityKey: read(parseKey(32, 32)).optional(),
  })
  .refine(({ authToken, authTokenFile }) => (authToken === undefined) !== (authTokenFile === undefined), {
    message: "wanted is either authToken or authTokenFile",
  });

type Entry = z.infer<typeof Entry>;

const Entries = z.array(Entry, "wanted is a list of accounts").min(1, "wanted is one account at least");

/** Reads the file of accounts. Throws ConfigError with a line for each fault; no secret stands in it. */
export const parseAccounts = (text: string): readonly AccountConfig[] => {
  const { data = [], error } = Entries.safeParse(jsonOf(text));
  const faults = error?.issues.map(({ path, message }) => `${placeOf(path)}${message}`) ?? [];
  for (const member of ["name", "callbackSecret"] as const) {
    const values = data.map((entry) => entry[member]);
    const twice = values.findIndex((value, index) => values.indexOf(value) < index);
    if (twice >= 0) faults.push(`${placeOf([twice, member])}it came before; wanted is another one for each account`);
  }
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `${SETTING}: ${fault}.`));
  return data.map(accountOf);
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError([`${SETTING}: the file is not JSON; wanted is a list of accounts.`]);
  }
};

/** Entries are counted from one, as people do. */
const placeOf = ([index, ...members]: readonly PropertyKey[]): string =>
  index === undefined ? "" : `account ${Number(index) + 1}${members.length === 0 ? "" : `, ${members.join(".")}`}: `;

const accountOf = ({ authToken, authTokenFile, deviceTokens, ...entry }: Entry): AccountConfig => ({
  name: entry.name,
  url: entry.url,
  authToken: authToken ?? { file: authTokenFile ?? "", setting: SETTING },
  deviceTokens: new Map(Object.entries(deviceTokens)),
  callbackSecret: entry.callbackSecret,
  callbackSigningSecret: entry.callbackSigningSecret ?? null,
  callbackSecurityKey: entry.callbackSecurityKey ?? null,
});

/** All secret values in it, for the log to blot out. */
export const secretsOfAccount = (account: AccountConfig): readonly string[] =>
  [
    account.callbackSecret,
    account.callbackSigningSecret,
    account.callbackSecurityKey,
    typeof account.authToken === "string" ? account.authToken : null,
    ...account.deviceTokens.values(),
  ].filter((secret) => secret !== null);
