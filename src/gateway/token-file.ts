import { AuthToken } from "../contract/scalars.ts";
import { openFollowedFile } from "../runtime/file.ts";
import type { TokenSource } from "./tokens.ts";

export interface TokenFileOptions {
  readonly path: string;
  readonly devices: ReadonlyMap<string, string>;
  /** Told the account's token, and each that takes its place. */
  readonly onToken: (token: string) => void;
  /** Told when the file is gone or holds something else; the last token stands. */
  readonly onFault: (error: unknown) => void;
}

/** How late it is found out that the file has changed, where the gateway does not refuse the old token before. */
const LOOK_MS = 2_000;

/** Takes the account's token from a file, and the one that replaces it. Rejects where there is none at the start. */
export const openTokenFile = async (options: TokenFileOptions): Promise<TokenSource> => {
  const { path, devices, onToken, onFault } = options;
  const file = await openFollowedFile({ path, parse, everyMs: LOOK_MS, onChange: onToken, onFault });
  onToken(file.value());
  return async (refused) => {
    const account = file.value();
    return { account: account === refused ? await file.reload() : account, devices };
  };
};

const parse = (text: string): string => {
  const { success, data } = AuthToken.safeParse(text.trim());
  if (!success) throw new Error("Something else than 32 letters and digits stands in the file of the token.");
  return data;
};
