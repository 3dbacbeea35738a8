import { spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT } from "./program.ts";

/** What a program wrote and how it ended. */
interface ProgramRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, in an environment of its own. */
export const runToEnd = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> => {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => void out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void err.push(text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: out.join(""), err: err.join("") };
};

/** Runs a command of the program, such as `["check", "--connect"]`. */
export const portico = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProgramRun> =>
  runToEnd(process.execPath, ["src/main.ts", ...args], env);
