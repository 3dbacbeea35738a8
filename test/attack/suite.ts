import { afterAll, beforeAll, test } from "vitest";
import { table } from "../../bench/table.ts";
import { TRANSPORTS } from "../kit/portico/transports.ts";
import type { Case, Section } from "./case.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { startWorld, type World } from "./world.ts";

interface Verdict {
  readonly id: string;
  readonly about: string;
  readonly by: string;
  verdict: string;
}

interface SuiteOptions {
  /** The program: its source or its build. */
  readonly file: URL;
  /** Whether to skip cases that take long. */
  readonly quick: boolean;
}

const TIMEOUT_MS = 300_000;

const isCase = (row: Section[number]): row is Case => "run" in row || "over" in row;

const runsOf = (one: Case): readonly (readonly [by: string, run: (world: World) => Promise<void>])[] =>
  "run" in one
    ? [[one.by, one.run]]
    : TRANSPORTS.map(([name, ask]) => [name, (world: World) => one.over(world, ask)] as const);

/** One row per verdict. */
const rowsOf = (verdicts: readonly Verdict[]): readonly (readonly string[])[] =>
  verdicts.map(({ id, about, by, verdict }) => [id, about, by, verdict]);

/** Runs the cases in sequence, checks the invariants after each, and prints a table. */
export const attack = (sections: readonly Section[], { file, quick }: SuiteOptions): void => {
  const verdicts: Verdict[] = [];
  let world: World | undefined;
  let invariants: Invariants | undefined;

  beforeAll(async () => {
    world = await startWorld(file);
    invariants = await watchInvariants(world);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await world?.stop();
    if (!quick) process.stdout.write(`\n${table(["case", "attack", "transport", "verdict"], rowsOf(verdicts))}\n`);
  }, TIMEOUT_MS);

  for (const row of sections.flat()) {
    if (!isCase(row)) {
      const by = "by" in row ? row.by : "";
      verdicts.push({ ...row, by, verdict: "where" in row ? row.where : `not covered: ${row.why}` });
      continue;
    }
    if (quick && row.long === true) continue;
    for (const [by, run] of runsOf(row)) {
      const verdict: Verdict = { id: row.id, about: row.about, by, verdict: "not run" };
      verdicts.push(verdict);
      test(`${row.id} over ${by}: ${row.about}`, { timeout: TIMEOUT_MS }, async () => {
        if (world === undefined || invariants === undefined) throw new Error("The program did not start.");
        verdict.verdict = "FAILED";
        const runResult = await Promise.allSettled([run(world)]);
        const checkResult = await Promise.allSettled([
          invariants.check({ allowedCommands: row.allowedCommands ?? [], logsErrors: row.logsErrors ?? false }),
        ]);
        for (const each of [...runResult, ...checkResult]) if (each.status === "rejected") throw each.reason;
        verdict.verdict = "held";
      });
    }
  }
};
