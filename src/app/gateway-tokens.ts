import type { AccountConfig } from "../config/accounts.ts";
import { ConfigError } from "../config/config.ts";
import { openTokenFile } from "../gateway/token-file.ts";
import type { TokenSource } from "../gateway/tokens.ts";
import type { Logger } from "../runtime/logger.ts";

/** Opens the source of the gateway's tokens; `onToken` is called with the account's token and with each replacement. */
export const openTokens = async (
  { name, authToken, authTokenFile, deviceTokens: devices }: AccountConfig,
  logger: Logger,
  onToken: (token: string) => void,
): Promise<TokenSource> => {
  if (authTokenFile === null) {
    const account = authToken ?? "";
    onToken(account);
    return () => ({ account, devices });
  }
  const onFault = (err: unknown) => logger.error({ account: name, err }, "gateway token file cannot be read");
  return openTokenFile({ path: authTokenFile.path, devices, onToken, onFault }).catch((error: unknown) => {
    throw new ConfigError([`${authTokenFile.variable}: ${(error as Error).message}`]);
  });
};
