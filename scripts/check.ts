import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs everything that must hold before a change lands, in order, and stops at the first step that fails.
 * `npm run check` is what .ci/run runs after the installation.
 */

const root = fileURLToPath(new URL("..", import.meta.url));

interface Step {
  readonly name: string;
  /** Returns false if the step fails. */
  readonly run: () => boolean;
}

const npm = (...args: readonly string[]): boolean =>
  spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" }).status === 0;

const complain = (lines: readonly string[]): boolean => {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return lines.length === 0;
};

/** A URL in the lock file ties every installation to the registry of whoever wrote it. */
const namesNoHost = (): boolean =>
  complain(
    readFileSync(`${root}/package-lock.json`, "utf8")
      .split("\n")
      .flatMap((line, index) =>
        /"resolved": "https?:\/\//.test(line) ? [`package-lock.json:${index + 1}: ${line.trim()}`] : [],
      ),
  );

/** Hashes by path of all files that git tracks or would add. */
const snapshot = (): ReadonlyMap<string, string> => {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  const files = paths.filter((path) => path !== "" && existsSync(`${root}/${path}`));
  const hash = (path: string) =>
    createHash("sha256")
      .update(readFileSync(`${root}/${path}`))
      .digest("hex");
  return new Map(files.map((path) => [path, hash(path)]));
};

const generatedFilesAreCurrent = (): boolean => {
  const before = snapshot();
  if (!npm("run", "generate")) return false;
  const changed = [...snapshot()].filter(([path, hash]) => before.get(path) !== hash).map(([path]) => path);
  return complain(changed.map((path) => `${path} was not up to date: commit what npm run generate wrote.`));
};

const STEPS: readonly Step[] = [
  { name: "the lock file names no host", run: namesNoHost },
  { name: "types", run: () => npm("run", "typecheck") },
  { name: "lint", run: () => npm("run", "lint") },
  { name: "format", run: () => npm("run", "format:check") },
  { name: "generated files", run: generatedFilesAreCurrent },
  { name: "tests", run: () => npm("test") },
  { name: "events under faults", run: () => npm("run", "test:faults", "--", "--quick") },
  { name: "build", run: () => npm("run", "build") },
  { name: "the built program, and the packed one", run: () => npm("run", "smoke") },
  { name: "the steps of the image, and the program in it", run: () => npm("run", "image:steps") },
];

for (const { name, run } of STEPS) {
  process.stdout.write(`\n== ${name}\n`);
  const began = performance.now();
  const passed = run();
  process.stdout.write(`${passed ? "passed" : "FAILED"} in ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
  if (!passed) process.exit(1);
}
