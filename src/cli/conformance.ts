import { ConfigError } from "../config/config.ts";
import { parseToken, parseUrl } from "../config/values.ts";
import { ConformanceError, createAnswerCheck } from "../conformance/checks.ts";
import { conformanceSuite } from "../conformance/suite.ts";
import { readTokenFile } from "../gateway/token-file.ts";
import { type Invocation, print, UsageError } from "./command.ts";
import { readVariables } from "./variables.ts";

/** Compares the reads of a gateway with the contract; resolves with 1 if an answer differs. */
export const conformance = async ({ args }: Invocation): Promise<number> => {
  const parsed = parseUrl(args[0] ?? "", "loopback");
  if (!("value" in parsed)) throw new UsageError(`<url> must be ${parsed.expected}; received ${parsed.received}.`);
  const token = await readToken();
  const tests = conformanceSuite({ url: parsed.value, token, deviceTokens: null }, createAnswerCheck());
  let failed = 0;
  for (const { title, run } of tests) {
    const fault = await faultOf(run);
    print(fault === null ? `ok: ${title}` : `FAILED: ${title}\n  ${fault}`);
    if (fault !== null) failed += 1;
  }
  print(`${tests.length - failed} of ${tests.length} answers conform to the contract.`);
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

const faultOf = async (run: () => Promise<void>): Promise<string | null> => {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof ConformanceError) return error.message;
    // The request itself failed. Its error names the address and not the token, which is in a header.
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
};
