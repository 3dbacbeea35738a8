import { ConfigError } from "../config/config.ts";
import { parseToken, parseUrl } from "../config/values.ts";
import { ConformanceError, createAnswerCheck, NotComparableError, TokenRefusedError } from "../conformance/checks.ts";
import { conformanceSuite } from "../conformance/suite.ts";
import { readTokenFile } from "../gateway/token-file.ts";
import { type Invocation, print, UsageError } from "./command.ts";
import { readVariables } from "./variables.ts";

/** Compares the reads of a gateway with the contract; resolves with 1 if an answer differs, or if the token is refused. */
export const conformance = async ({ args }: Invocation): Promise<number> => {
  const parsed = parseUrl(args[0] ?? "", "loopback");
  if (!("value" in parsed)) throw new UsageError(`<url> must be ${parsed.expected}; received ${parsed.received}.`);
  const token = await readToken();
  const tests = conformanceSuite({ url: parsed.value, token, deviceTokens: null }, createAnswerCheck());
  const counts = { ok: 0, "NOT COMPARED": 0, FAILED: 0 };
  for (const { title, run } of tests) {
    const { verdict, reason } = await outcomeOf(run);
    print(reason === null ? `${verdict}: ${title}` : `${verdict}: ${title}\n  ${reason}`);
    counts[verdict] += 1;
  }
  const { ok, FAILED: failed, "NOT COMPARED": open } = counts;
  const rest = open === 0 ? "" : ` ${open} could not be compared: the gateway lacks what these requests name.`;
  print(`${ok} of ${ok + failed} answers conform to the contract.${rest}`);
  return failed === 0 ? 0 : 1;
};

/** The token of the account, from GATEWAY_AUTH_TOKEN or from the file that GATEWAY_AUTH_TOKEN_FILE names. */
const readToken = async (): Promise<string> => {
  const { token, file } = readVariables(({ read, text }) => ({
    token: read("GATEWAY_AUTH_TOKEN", parseToken, null),
    file: text("GATEWAY_AUTH_TOKEN_FILE"),
  }));
  if (token !== null) return token;
  if (file === "") throw new ConfigError(["GATEWAY_AUTH_TOKEN or GATEWAY_AUTH_TOKEN_FILE is required."]);
  return readTokenFile(file).catch((error: unknown) => {
    throw new ConfigError([`GATEWAY_AUTH_TOKEN_FILE: ${(error as Error).message}`]);
  });
};

interface Outcome {
  readonly verdict: "ok" | "NOT COMPARED" | "FAILED";
  readonly reason: string | null;
}

/** @throws ConfigError if the gateway refuses the token: nothing else can be found out then. */
const outcomeOf = async (run: () => Promise<void>): Promise<Outcome> => {
  try {
    await run();
    return { verdict: "ok", reason: null };
  } catch (error) {
    if (error instanceof TokenRefusedError)
      throw new ConfigError(["The gateway refuses the token of the account (401). No more is compared."]);
    if (error instanceof NotComparableError) return { verdict: "NOT COMPARED", reason: error.message };
    if (error instanceof ConformanceError) return { verdict: "FAILED", reason: error.message };
    // The request itself failed. Its error names the address and not the token, which is in a header.
    const { message, cause } = error as Error;
    return { verdict: "FAILED", reason: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
};
