import { readFile } from "node:fs/promises";
import { AuthToken } from "../contract/scalars.ts";
import { openFollowedFile } from "../runtime/followed-file.ts";
import type { TokenSource } from "./tokens.ts";

export interface TokenFileOptions {
  readonly path: string;
  readonly devices: ReadonlyMap<string, string>;
  /** Called with the account's token, and with each token that replaces it. */
  readonly onToken: (token: string) => void;
  /** Called when the file is missing or holds something else; the last token stays in use. */
  readonly onFault: (error: unknown) => void;
}

/** How often the file is checked for a change. A token that the gateway refuses is replaced at once. */
const POLL_MS = 2_000;

/**
 * Reads the account's token from a file, and follows its changes.
 * @throws {Error} if the file holds no token at the start.
 */
export const openTokenFile = async (options: TokenFileOptions): Promise<TokenSource> => {
  const { path, devices, onToken, onFault } = options;
  const file = await openFollowedFile({ path, parse, checkIntervalMs: POLL_MS, onChange: onToken, onFault });
  onToken(file.value());
  return (refused) => {
    const account = file.value();
    if (account !== refused) return { account, devices };
    return file.reload().then((reloaded) => ({ account: reloaded, devices }));
  };
};

/**
 * Reads the account's token from a file once.
 * @throws {Error} if the file holds no token.
 */
export const readTokenFile = async (path: string): Promise<string> => parse(await readFile(path, "utf8"));

const parse = (text: string): string => {
  const { success, data } = AuthToken.safeParse(text.trim());
  if (!success) throw new Error("The token file must contain 32 letters and digits; it contains something else.");
  return data;
};
