import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const query = readFileSync(fileURLToPath(new URL("../examples/GetTodayAttendance.graphql", import.meta.url)), "utf8");

interface Line {
  readonly message?: string;
  readonly url?: string;
}

const listeningUrl = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) throw new Error("The program must have a stdout.");
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if (line.message === "listening" && line.url !== undefined) return line.url;
  }
  throw new Error("The program exited before it listened.");
};

interface Today {
  readonly data?: { readonly attendanceToday: { readonly punches: { readonly totalCount: number } } | null };
  readonly errors?: readonly unknown[];
}

const ask = async (url: string): Promise<number> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as Today;
  const total = data?.attendanceToday?.punches.totalCount;
  if (errors !== undefined || total === undefined)
    throw new Error(`The query must be answered without errors; received ${JSON.stringify(errors ?? data)}`);
  return total;
};

/** A program to try. */
export interface TriedProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called while the program runs, with its URL. */
  readonly whileRunning?: (url: URL) => void;
}

/**
 * Starts a program on the sandbox, sends the README's first query, and ends the program by SIGTERM.
 *
 * @throws Error if it does not start, answer or end with code 0.
 */
export const tryProgram = async (program: TriedProgram): Promise<void> => {
  const { name, command, args, cwd, env = process.env, whileRunning } = program;
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...env, PORT: "0", SANDBOX_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  try {
    const url = await listeningUrl(child);
    const ms = Math.round(performance.now() - startedAt);
    const total = await ask(url);
    whileRunning?.(new URL(url));
    child.stdout?.resume();
    child.kill("SIGTERM");
    const [code] = await exited;
    if (code !== 0) throw new Error(`${name}: the exit code after SIGTERM must be 0; received ${code}.`);
    process.stdout.write(`${name}: started in ${ms} ms, answered (${total} punches today), stopped.\n`);
  } finally {
    child.kill("SIGKILL");
  }
};
