import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { freePort } from "../kit/ports.ts";
import { until } from "../kit/until.ts";

/** A server in its own process that can be killed and restarted on the same port. */
export interface Instance {
  readonly port: number;
  /** The process ID; undefined if it does not run. */
  readonly pid: () => number | undefined;
  readonly isUp: () => boolean;
  /** Whether it exited without being asked to. */
  readonly hasCrashed: () => boolean;
  /** Starts it; resolves when it answers. */
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Sends SIGTERM as an orchestrator does. Returns the exit code and the duration. */
  readonly stop: () => Promise<{ readonly code: number | null; readonly ms: number }>;
  /** Logged errors and unexpected exits, each with its count. */
  readonly complaints: ReadonlyMap<string, number>;
}

const LIVE_MS = 60_000;
const STOP_MS = 30_000;

const isLive = async (port: number): Promise<boolean> => {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/live`, { headers: { connection: "close" } })).ok;
  } catch {
    return false;
  }
};

const complaintIn = (line: string): string => {
  try {
    const { message, err } = JSON.parse(line) as { message?: string; err?: { message?: string } };
    return `${message ?? "error"}: ${err?.message ?? ""}`;
  } catch {
    return line;
  }
};

/**
 * Creates an instance that runs `file` with HOST and PORT in its environment. The program must answer /health/live and log only
 * errors.
 */
export const createInstance = async (
  file: URL,
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): Promise<Instance> => {
  const port = await freePort();
  const complaints = new Map<string, number>();
  let child: ChildProcess | undefined;
  let isUp = false;
  let hasCrashed = false;
  const complain = (text: string) => void complaints.set(text, (complaints.get(text) ?? 0) + 1);
  const kill = async () => {
    const killed = child;
    child = undefined;
    isUp = false;
    if (killed === undefined) return;
    killed.kill("SIGKILL");
    await once(killed, "exit");
  };
  const stop = async () => {
    const ending = child;
    if (ending === undefined) throw new Error("The instance must be running.");
    child = undefined;
    isUp = false;
    const startedAt = performance.now();
    const late = setTimeout(() => ending.kill("SIGKILL"), STOP_MS);
    ending.kill("SIGTERM");
    const [code] = (await once(ending, "exit")) as [number | null];
    clearTimeout(late);
    return { code, ms: performance.now() - startedAt };
  };
  process.once("exit", () => child?.kill("SIGKILL"));
  return {
    port,
    pid: () => child?.pid,
    complaints,
    isUp: () => isUp,
    hasCrashed: () => hasCrashed,
    kill,
    stop,
    async start() {
      const started = spawn(process.execPath, [file.pathname], {
        env: { HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "error", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      for (const input of [started.stdout, started.stderr])
        createInterface({ input }).on("line", (line) => {
          onLine(line);
          complain(complaintIn(line));
        });
      started.once("exit", (code, signal) => {
        if (child !== started) return;
        isUp = false;
        hasCrashed = true;
        complain(`It exited unexpectedly with ${signal ?? String(code)}.`);
      });
      const isCurrent = () => child === started;
      await until(async () => !isCurrent() || (await isLive(port)), {
        what: `an answer of ${file.pathname}`,
        timeoutMs: LIVE_MS,
        intervalMs: 20,
        giveUp: () => started.exitCode !== null,
      });
      isUp = isCurrent();
    },
  };
};
