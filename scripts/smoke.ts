import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts the built program, then the packed and installed one, and sends the README's first query to each. */

const root = fileURLToPath(new URL("..", import.meta.url));
const query = readFileSync(join(root, "examples/GetTodayAttendance.graphql"), "utf8");

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

const tryProgram = async (name: string, command: string, args: readonly string[], cwd: string): Promise<void> => {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PORT: "0", SANDBOX_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const total = await ask(await listeningUrl(child));
  child.stdout?.resume();
  child.kill("SIGTERM");
  const [code] = await exited;
  if (code !== 0) throw new Error(`${name}: the exit code after SIGTERM must be 0; received ${code}.`);
  process.stdout.write(`${name}: started, answered (${total} punches today), stopped.\n`);
};

await tryProgram("built program", process.execPath, ["bin/portico.js"], root);

const folder = mkdtempSync(join(tmpdir(), "portico-pack-"));
try {
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  const tarball = join(folder, packed.trim().split("\n").at(-1) ?? "");
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", tarball], {
    cwd: folder,
    stdio: "inherit",
  });
  await tryProgram("packed program", process.execPath, ["node_modules/portico-graphql/bin/portico.js"], folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
