import type { EnvironmentReader } from "./environment.ts";
import { parseDeviceTokens, parseToken, parseUrl } from "./values.ts";

/** The gateway and the one account that the environment configures. */
export interface GatewayConfig {
  /** Absolute, without a trailing slash. */
  readonly url: string;
  /** Null if the token is in a file. */
  readonly authToken: string | null;
  /** Path; null if the token is in the environment. */
  readonly authTokenFile: string | null;
  /** By serial number. */
  readonly deviceTokens: ReadonlyMap<string, string>;
}

export interface GatewaySettings {
  /** Null for the embedded sandbox, and for accounts in a file. */
  readonly gateway: GatewayConfig | null;
  /** Path; null if there is one account. */
  readonly accountsFile: string | null;
}

const ACCOUNT_VARIABLES = ["GATEWAY_AUTH_TOKEN", "GATEWAY_AUTH_TOKEN_FILE", "GATEWAY_DEVICE_TOKENS"] as const;
const REPLACED_BY_ACCOUNTS_FILE = [
  "GATEWAY_URL",
  ...ACCOUNT_VARIABLES,
  "CALLBACK_SECRET",
  "CALLBACK_SIGNING_SECRET",
  "CALLBACK_SECURITY_KEY",
] as const;

/** Reads the GATEWAY variables. */
export const parseGateways = ({ isSet, text, read, faults }: EnvironmentReader): GatewaySettings => {
  const url = read("GATEWAY_URL", (raw) => parseUrl(raw, "loopback"), null);
  const authToken = read("GATEWAY_AUTH_TOKEN", parseToken, null);
  const authTokenFile = text("GATEWAY_AUTH_TOKEN_FILE") || null;
  const deviceTokens = read("GATEWAY_DEVICE_TOKENS", parseDeviceTokens, new Map<string, string>());
  const accountsFile = text("GATEWAY_ACCOUNTS_FILE") || null;
  if (accountsFile !== null) {
    for (const name of REPLACED_BY_ACCOUNTS_FILE.filter(isSet))
      faults.push(`${name} cannot be combined with GATEWAY_ACCOUNTS_FILE; set it for each account in that file.`);
    if (isSet("ACCESS"))
      faults.push("ACCESS cannot be combined with GATEWAY_ACCOUNTS_FILE; each caller must belong to an account.");
    return { gateway: null, accountsFile };
  }
  if (!isSet("GATEWAY_URL")) {
    for (const name of ACCOUNT_VARIABLES.filter(isSet))
      faults.push(`GATEWAY_URL is required when ${name} is set; unset both to use the embedded sandbox.`);
    return { gateway: null, accountsFile };
  }
  if (!isSet("GATEWAY_AUTH_TOKEN") && authTokenFile === null)
    faults.push("GATEWAY_AUTH_TOKEN or GATEWAY_AUTH_TOKEN_FILE is required when GATEWAY_URL is set.");
  if (isSet("GATEWAY_AUTH_TOKEN") && authTokenFile !== null)
    faults.push("GATEWAY_AUTH_TOKEN_FILE cannot be combined with GATEWAY_AUTH_TOKEN.");
  if (isSet("PUBLIC_URL") && !isSet("CALLBACK_SECRET"))
    faults.push(
      "CALLBACK_SECRET is required when GATEWAY_URL and PUBLIC_URL are set; without it every start would register another URL.",
    );
  return { gateway: url === null ? null : { url, authToken, authTokenFile, deviceTokens }, accountsFile };
};
