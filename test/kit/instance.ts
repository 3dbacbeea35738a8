import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { freePort } from "./ports.ts";
import { ROOT } from "./program.ts";
import { until } from "./until.ts";

/** A process of Portico that ends and starts again at the same address. */
export interface Instance {
  readonly url: string;
  /** Ends the process, and resolves with its exit code when it has ended; null if a signal killed it or if it does not run. */
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Promise<number | null>;
  /** Sends a signal and does not wait. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Starts the process, and resolves when it is ready. */
  readonly start: () => Promise<void>;
}

const SECRET = "restart-matrix-restart-matrix-restart-matrix";

/** Starts the real program in front of a gateway that goes on; it is killed at the end of the test. `env` goes to the program. */
export const startInstance = async (
  { url: gatewayUrl, token }: Sandbox,
  env: Readonly<Record<string, string>> = {},
): Promise<Instance> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = once(child, "exit");
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  };
  const start = async () => {
    const started = spawn(process.execPath, ["src/main.ts"], {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"],
        PORT: String(port),
        ADMIN_PORT: "0",
        GATEWAY_URL: gatewayUrl,
        GATEWAY_AUTH_TOKEN: token,
        ACCESS: "open",
        PUBLIC_URL: url,
        CALLBACK_SECRET: SECRET,
        LINK_SECRET: SECRET,
        ...env,
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child = started;
    const isReady = () =>
      fetch(`${url}/health/ready`, { headers: { connection: "close" } }).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(isReady, { what: "Portico to be ready", timeoutMs: 30_000, giveUp: () => started.exitCode !== null });
  };
  onTestFinished(async () => void (await kill("SIGKILL")));
  await start();
  return { url, kill, signal: (signal) => void child?.kill(signal), start };
};
