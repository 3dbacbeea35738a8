import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface SpawnedProgram {
  readonly child: ChildProcess;
  readonly url: string;
  /** URL of the port for operators. */
  readonly admin: string;
  /** What it has written to standard error. */
  readonly errors: () => string;
  /** Resolves when it answers. */
  readonly answers: () => Promise<void>;
  readonly ask: (query: string) => Promise<unknown>;
  /** A metric without labels; NaN if it is missing. */
  readonly metric: (name: string) => Promise<number>;
  /** Resolves with its exit code, or with the name of the signal that killed it, when all that it wrote was read. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** @default nothing is read of it */
  readonly stdout?: number | "pipe" | "ignore";
  /** A command line for `sh`, in which `$PROGRAM` is the program. @default the program */
  readonly shell?: string;
}

/** Starts the real program in a process of its own, as a shell or a supervisor does. */
export const spawnProgram = async ({
  env = {},
  stdout = "ignore",
  shell,
}: SpawnOptions = {}): Promise<SpawnedProgram> => {
  const [port, adminPort] = [await freePort(), await freePort()];
  const program = [process.execPath, "src/main.ts"];
  const [command = "", ...args] = shell === undefined ? program : ["sh", "-c", shell];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"],
      PROGRAM: program.join(" "),
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      SANDBOX_PORT: "0",
      ...env,
    },
    stdio: ["ignore", stdout, "pipe"],
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  const look = async (address: string) => (await fetch(address, { headers: { connection: "close" } })).text();
  return {
    child,
    url,
    admin,
    errors: () => errors,
    ended,
    async answers() {
      const isLive = () => look(`${url}/health/live`).then(Boolean, () => false);
      await until(isLive, {
        what: `the program to answer: ${errors}`,
        timeoutMs: 15_000,
        giveUp: () => child.exitCode !== null,
      });
    },
    async ask(query) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", connection: "close" },
        body: JSON.stringify({ query }),
        signal: AbortSignal.timeout(10_000),
      });
      return response.json();
    },
    async metric(name) {
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await look(`${admin}/metrics`))?.[1]);
    },
  };
};
