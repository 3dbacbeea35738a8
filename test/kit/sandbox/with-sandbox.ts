import { onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../src/sandbox/sandbox.ts";

/** A gateway for one test, without a rate limit unless the options have one; it stops at the end of the test. */
export const withSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const sandbox = await startSandbox({ rate: false, ...options });
  onTestFinished(sandbox.stop);
  return sandbox;
};
