import type { EnvironmentReader } from "./access.ts";
import { parseDeviceTokens, parseToken, parseUrl } from "./values.ts";

export interface GatewayConfig {
  /** Absolute, without a slash at its end. */
  readonly url: string;
  /** Null: it stands in the file. */
  readonly authToken: string | null;
  /** Path; null: there is none. */
  readonly authTokenFile: string | null;
  /** By serial number. */
  readonly deviceTokens: ReadonlyMap<string, string>;
}

export interface GatewaySettings {
  /** Null: the embedded sandbox, or the accounts of the file. */
  readonly gateway: GatewayConfig | null;
  /** Path; null: there is one account. */
  readonly accountsFile: string | null;
}

const OF_ONE = ["GATEWAY_AUTH_TOKEN", "GATEWAY_AUTH_TOKEN_FILE", "GATEWAY_DEVICE_TOKENS"] as const;
const IN_FILE = [
  "GATEWAY_URL",
  ...OF_ONE,
  "CALLBACK_SECRET",
  "CALLBACK_SIGNING_SECRET",
  "CALLBACK_SECURITY_KEY",
] as const;

/** Which gateway, and whose account there. */
export const parseGateways = ({ raw, read, faults }: EnvironmentReader): GatewaySettings => {
  const url = read("GATEWAY_URL", (text) => parseUrl(text, "loopback"), null);
  const authToken = read("GATEWAY_AUTH_TOKEN", parseToken, null);
  const authTokenFile = raw("GATEWAY_AUTH_TOKEN_FILE") || null;
  const deviceTokens = read("GATEWAY_DEVICE_TOKENS", parseDeviceTokens, new Map<string, string>());
  const accountsFile = raw("GATEWAY_ACCOUNTS_FILE") || null;
  if (accountsFile !== null) {
    for (const name of IN_FILE.filter((each) => raw(each) !== ""))
      faults.push(`${name}: it came beside GATEWAY_ACCOUNTS_FILE; say it there, for each account.`);
    if (raw("ACCESS") !== "")
      faults.push("ACCESS: it came beside GATEWAY_ACCOUNTS_FILE; callers have to be told apart there.");
    return { gateway: null, accountsFile };
  }
  if (raw("GATEWAY_URL") === "") {
    for (const name of OF_ONE.filter((each) => raw(each) !== ""))
      faults.push(`GATEWAY_URL: nothing came, although ${name} did; give both, or neither for the sandbox.`);
    return { gateway: null, accountsFile };
  }
  if (raw("GATEWAY_AUTH_TOKEN") === "" && authTokenFile === null)
    faults.push(
      "GATEWAY_AUTH_TOKEN: nothing came; GATEWAY_URL needs it, or GATEWAY_AUTH_TOKEN_FILE: 32 letters and digits.",
    );
  if (raw("GATEWAY_AUTH_TOKEN") !== "" && authTokenFile !== null)
    faults.push("GATEWAY_AUTH_TOKEN_FILE: it came beside GATEWAY_AUTH_TOKEN; give one of them.");
  if (raw("PUBLIC_URL") !== "" && raw("CALLBACK_SECRET") === "")
    faults.push(
      "CALLBACK_SECRET: nothing came; PUBLIC_URL with GATEWAY_URL needs it, or each start would register another address.",
    );
  return { gateway: url === null ? null : { url, authToken, authTokenFile, deviceTokens }, accountsFile };
};
