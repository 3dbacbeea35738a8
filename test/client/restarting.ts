import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { until } from "../kit/until.ts";

/** A process of Portico that ends and starts again at the same address, in front of a gateway that goes on. */
export interface RestartingPortico {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Ends the process, and resolves when it has ended. */
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
  readonly start: () => Promise<void>;
  /** Records punches of these people, one second apart. */
  readonly punch: (...employeeCodes: readonly string[]) => void;
}

const SECRET = "restart-matrix-restart-matrix-restart-matrix";
const START = Date.parse("2026-06-21T04:00:00Z");

/** Starts a gateway and the real program. `env` goes to the program. */
export const startRestartingPortico = async (
  env: Readonly<Record<string, string>> = {},
): Promise<RestartingPortico> => {
  const sandbox = await withSandbox({ start: START, live: false });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const start = async () => {
    const process_ = spawn(process.execPath, ["src/main.ts"], {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"],
        PORT: String(port),
        ADMIN_PORT: "0",
        GATEWAY_URL: sandbox.url,
        GATEWAY_AUTH_TOKEN: sandbox.token,
        ACCESS: "open",
        PUBLIC_URL: url,
        CALLBACK_SECRET: SECRET,
        LINK_SECRET: SECRET,
        ...env,
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child = process_;
    const isReady = () =>
      fetch(`${url}/health/ready`, { headers: { connection: "close" } }).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(isReady, { what: "Portico to be ready", timeoutMs: 15_000, giveUp: () => process_.exitCode !== null });
  };
  onTestFinished(() => kill("SIGKILL"));
  await start();
  return {
    url,
    sandbox,
    kill,
    start,
    punch(...employeeCodes) {
      for (const EmployeeCode of employeeCodes) {
        sandbox.clock.advance(1_000);
        sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode });
      }
    },
  };
};
