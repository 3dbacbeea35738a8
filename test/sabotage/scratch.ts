import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const root = resolve(import.meta.dirname, "../..");

interface FailedTest {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly title: string;
}

/** How test files ended. */
export interface Verdict {
  readonly failed: readonly FailedTest[];
  /** Files that could not be run, such as those that import what does not compile. */
  readonly broken: readonly string[];
  readonly timedOut: boolean;
}

/** A copy of the project in which files may be changed. */
export interface Scratch {
  readonly read: (file: string) => string;
  readonly write: (file: string, text: string) => void;
  /** Runs test files with vitest until the first test fails, or all of them. */
  readonly run: (tests: readonly string[], until: "failure" | "end") => Promise<Verdict>;
  readonly remove: () => void;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Copies what git tracks or would add, with the present changes, and links the packages. */
export const createScratch = (): Scratch => {
  const directory = mkdtempSync(join(tmpdir(), "portico-sabotage-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of listed.toString().split("\0")) {
    if (file !== "" && existsSync(join(root, file))) cpSync(join(root, file), join(directory, file));
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"), "dir");
  const reportFile = join(directory, "report.json");
  return {
    read: (file) => readFileSync(join(directory, file), "utf8"),
    write: (file, text) => writeFileSync(join(directory, file), text),
    async run(tests, until) {
      rmSync(reportFile, { force: true });
      const options = [
        "--maxWorkers=2",
        `--bail=${until === "failure" ? 1 : 0}`,
        "--reporter=json",
        `--outputFile=${reportFile}`,
      ];
      const timedOut = await vitest(directory, [...options, ...tests], reportFile, tests.length * FILE_MS);
      return existsSync(reportFile)
        ? { ...verdictOf(JSON.parse(readFileSync(reportFile, "utf8")) as Report, directory), timedOut }
        : { failed: [], broken: [...tests], timedOut };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** Far more than any test file takes, also on a busy machine. */
const FILE_MS = 240_000;
/** How long vitest may take to end after its report: a worker that it cancels may keep it. */
const END_MS = 5_000;
const POLL_MS = 100;

/** Resolves with whether it took too long. Whatever it started ends with it. */
const vitest = async (directory: string, args: readonly string[], reportFile: string, maxMs: number) => {
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args], {
    cwd: directory,
    stdio: "ignore",
    detached: true,
  });
  const end = () => {
    if (child.pid !== undefined) endGroup(child.pid);
  };
  process.once("exit", end);
  const closed = once(child, "close").then(() => true);
  const hasEnded = (ms: number) => Promise.race([closed, delay(ms, false, { ref: false })]);
  const deadline = performance.now() + maxMs;
  let ended = false;
  while (!ended && !existsSync(reportFile) && performance.now() < deadline) ended = await hasEnded(POLL_MS);
  const timedOut = !ended && !existsSync(reportFile);
  if (!ended && !timedOut) ended = await hasEnded(END_MS);
  end();
  process.off("exit", end);
  return timedOut;
};

/** Ends every process that a process of ours has started; most have ended before. */
const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
};

const verdictOf = ({ testResults }: Report, directory: string): Omit<Verdict, "timedOut"> => ({
  failed: testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => ({ file: relative(realpathSync(directory), name), title: fullName })),
  ),
  broken: testResults
    .filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0)
    .map(({ name }) => name),
});
