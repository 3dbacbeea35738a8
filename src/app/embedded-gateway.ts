import type { Config } from "../config/config.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/sandbox.ts";
import { listenError } from "../server/http/server.ts";

/** The embedded gateway always listens on the same address. */
const SANDBOX_ADDRESS = { host: "HOST", port: "SANDBOX_PORT" } as const;

/** Loads and starts the embedded gateway. */
export const openSandbox = async (
  config: Config,
  options: SandboxOptions | undefined,
  accountToken: string,
  lifecycle: Lifecycle,
): Promise<Sandbox> => {
  const settings: SandboxOptions = { port: config.sandboxPort, live: true, accountToken, ...options };
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox(settings).catch((error: NodeJS.ErrnoException) => {
    const { host = "127.0.0.1", port = 0 } = settings;
    throw error.syscall === "listen" ? listenError(error, { host, port }, SANDBOX_ADDRESS) : error;
  });
  lifecycle.add("sandbox", sandbox.stop);
  return sandbox;
};
