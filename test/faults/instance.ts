import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { freePort } from "../kit/ports.ts";
import { until } from "../kit/until.ts";

/** A server in a process of its own that is killed and started again, always on the same port. */
export interface Instance {
  readonly port: number;
  /** Of its process; undefined where none runs. */
  readonly pid: () => number | undefined;
  readonly isUp: () => boolean;
  /** Whether it ended by itself. */
  readonly hasFallen: () => boolean;
  /** Resolves when it answers. */
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Asks it to end, as an orchestrator does; its exit code, and how long it took. */
  readonly stop: () => Promise<{ readonly code: number | null; readonly ms: number }>;
  /** What went wrong by itself: errors that it logged, ends that nobody asked for; how often each. */
  readonly complaints: ReadonlyMap<string, number>;
}

const LIVE_MS = 20_000;
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

/** `file` is run with HOST and PORT in its environment, has to answer /health/live, and to log nothing but errors. */
export const createInstance = async (
  file: URL,
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): Promise<Instance> => {
  const port = await freePort();
  const complaints = new Map<string, number>();
  let child: ChildProcess | undefined;
  let up = false;
  let fallen = false;
  const complain = (text: string) => void complaints.set(text, (complaints.get(text) ?? 0) + 1);
  const kill = async () => {
    const dying = child;
    child = undefined;
    up = false;
    if (dying === undefined) return;
    dying.kill("SIGKILL");
    await once(dying, "exit");
  };
  const stop = async () => {
    const ending = child;
    if (ending === undefined) throw new Error("It does not run.");
    child = undefined;
    up = false;
    const began = performance.now();
    const late = setTimeout(() => ending.kill("SIGKILL"), STOP_MS);
    ending.kill("SIGTERM");
    const [code] = (await once(ending, "exit")) as [number | null];
    clearTimeout(late);
    return { code, ms: performance.now() - began };
  };
  process.once("exit", () => child?.kill("SIGKILL"));
  return {
    port,
    pid: () => child?.pid,
    complaints,
    isUp: () => up,
    hasFallen: () => fallen,
    kill,
    stop,
    async start() {
      const born = spawn(process.execPath, [file.pathname], {
        env: { HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "error", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = born;
      for (const input of [born.stdout, born.stderr])
        createInterface({ input }).on("line", (line) => {
          onLine(line);
          complain(complaintIn(line));
        });
      born.once("exit", (code, signal) => {
        if (child !== born) return;
        up = false;
        fallen = true;
        complain(`It ended by itself with ${signal ?? String(code)}.`);
      });
      const isOurs = () => child === born;
      await until(async () => !isOurs() || (await isLive(port)), {
        what: `an answer of ${file.pathname}`,
        timeoutMs: LIVE_MS,
        intervalMs: 20,
        giveUp: () => born.exitCode !== null,
      });
      up = isOurs();
    },
  };
};
