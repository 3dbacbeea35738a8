import { ConfigError } from "../config/config.ts";
import { createEnvironmentReader } from "../config/environment.ts";
import { parseToken, parseUrl } from "../config/values.ts";
import { ConformanceError, createAnswerCheck } from "../conformance/checks.ts";
import { conformanceSuite } from "../conformance/suite.ts";
import { type Invocation, print, UsageError } from "./command.ts";

/** Compares the reads of a gateway with the contract; resolves with 1 if an answer differs. */
export const conformance = async ({ args }: Invocation): Promise<number> => {
  const parsed = parseUrl(args[0] ?? "", "loopback");
  if (!("value" in parsed)) throw new UsageError(`<url> must be ${parsed.expected}; received ${parsed.received}.`);
  const { read, faults } = createEnvironmentReader(process.env);
  const token = read("GATEWAY_AUTH_TOKEN", parseToken, null);
  if (token === null) throw new ConfigError(faults.length > 0 ? faults : ["GATEWAY_AUTH_TOKEN is required."]);
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
