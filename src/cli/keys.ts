import { createHash, randomBytes } from "node:crypto";
import { ConfigError } from "../config/config.ts";
import { parseApiKeys } from "../server/identity/api-keys.ts";
import { type Invocation, print, UsageError } from "./command.ts";

/** Creates an API key. The key goes to standard output once; a file gets its hash only. */
export const newKey = async ({ flags }: Invocation): Promise<number> => {
  const { name, scopes, account, expires } = flags;
  if (typeof name !== "string" || typeof scopes !== "string") throw new UsageError("--name and --scopes are required.");
  const key = randomBytes(32).toString("base64url");
  const entry = {
    name,
    sha256: createHash("sha256").update(key).digest("hex"),
    scopes: scopes.split(",").map((scope) => scope.trim()),
    ...(account === undefined ? {} : { account }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  };
  try {
    parseApiKeys(JSON.stringify([entry]));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(error.faults.map((fault) => fault.replace(/^ACCESS_API_KEYS_FILE: key 1, /, "")).join(" "));
  }
  if (typeof expires === "string" && Date.parse(expires) <= Date.now())
    throw new UsageError("--expires must be later than now.");
  print(`The key, for its user only: it is not stored and not shown again.\n\n  ${key}\n`);
  print(`The entry for the list in ACCESS_API_KEYS_FILE:\n\n${JSON.stringify(entry, null, 2)}`);
  return 0;
};
