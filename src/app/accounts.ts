import { type Account, type AccountOptions, openAccount } from "./account.ts";
import { readAccounts, secretsOfAccount } from "../config/accounts.ts";
import type { Config } from "../config/config.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Identify } from "../server/identity/identify.ts";
import { AuthenticationError } from "../server/identity/authentication-error.ts";

/** The open accounts by name. */
export type Accounts = ReadonlyMap<string, Account>;

/** Opens every account of the configuration; `sandbox` is null in front of a real gateway. */
export const openAccounts = async (
  config: Config,
  sandbox: Pick<Sandbox, "url" | "token"> | null,
  parts: Omit<AccountOptions, "config">,
): Promise<Accounts> => {
  const accounts = new Map<string, Account>();
  for (const account of await readAccounts(config, sandbox)) {
    for (const secret of secretsOfAccount(account)) parts.onSecret(secret);
    accounts.set(account.name, await openAccount({ ...parts, config: account }));
  }
  return accounts;
};

/** Restricts `identify` to callers whose account is configured. */
export const ofAccounts =
  (identify: Identify, accounts: Accounts): Identify =>
  async (credential) => {
    const identity = await identify(credential);
    if (accounts.has(identity.viewer.account)) return identity;
    throw new AuthenticationError("the credential names an unknown account");
  };
