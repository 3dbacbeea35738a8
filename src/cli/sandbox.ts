import { parseHost, parsePort } from "../config/values.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { listenError } from "../server/http/server.ts";
import { type Invocation, print } from "./command.ts";
import { readVariables } from "./variables.ts";

/** Runs the embedded gateway alone until a signal ends it. */
export const sandbox = async ({ signals }: Invocation): Promise<number> => {
  const address = readVariables(({ read }) => ({
    host: read("HOST", parseHost, ""),
    port: read("SANDBOX_PORT", parsePort, 0),
  }));
  const gateway = await startSandbox({ ...address, live: true }).catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, address, { host: "HOST", port: "SANDBOX_PORT" });
  });
  print(`Sandbox gateway listening at ${gateway.url}`);
  print(`  account token  ${gateway.token}`);
  print(`  control plane  ${gateway.url}/_sandbox/`);
  await signals.received;
  await gateway.stop();
  return 0;
};
