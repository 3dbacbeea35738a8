import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { MODULES, type MutatedModule } from "./modules.ts";

/*
 * Changes one expression after another in the modules where a fault would be the worst, and runs the tests that reach it: a mutant that
 * no test notices survives, and the program prints it. A part of a name runs those modules alone; `--record` writes the table into
 * results.md, above what is said there about survivors.
 */
const { values, positionals } = parseArgs({
  options: { record: { type: "boolean", default: false } },
  allowPositionals: true,
});
const ROOT = resolve(import.meta.dirname, "../..");
const RESULTS = join(import.meta.dirname, "results.md");
const REPORT = join(ROOT, ".stryker-tmp/report.json");
const STRYKER = "node_modules/@stryker-mutator/core/bin/stryker.js";
const HEAD = ["module", "mutants", "killed", "timed out", "survived", "no test", "score", "date"];
const MIN_SCORE = 0.9;

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

const rowOf = ({ name, files, tests }: MutatedModule): readonly string[] => {
  const args = [STRYKER, "run", "test/mutation/stryker.config.json", "--mutate", files.join(",")];
  const env = { ...process.env, MUTATION_TESTS: tests.join(",") };
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`Stryker must end with 0; it ended with ${String(status)}.`);
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as Report;
  const statuses = Object.values(report.files).flatMap(({ mutants }) => mutants.map(({ status: each }) => each));
  const count = (wanted: string) => statuses.filter((each) => each === wanted).length;
  const found = ["Killed", "Timeout", "Survived", "NoCoverage"].map(count);
  const [killed = 0, timedOut = 0] = found;
  const total = found.reduce((sum, each) => sum + each, 0);
  const score = (killed + timedOut) / total;
  return [
    name,
    ...[total, ...found].map(String),
    `${(100 * score).toFixed(1)} %`,
    new Date().toISOString().slice(0, 10),
  ];
};

/** Writes rows into the table of results.md; those of other modules stay. */
const record = (rows: readonly (readonly string[])[]): void => {
  const text = readFileSync(RESULTS, "utf8");
  const start = text.indexOf("| module");
  const end = text.indexOf("\n\n", start);
  const recorded = text.slice(start, end).split("\n").slice(2);
  const all = [...recorded.map((line) => line.slice(2, -2).split(" | ")), ...rows];
  const known = new Map(all.map((row) => [row[0] ?? "", row]));
  const kept = MODULES.map(({ name }) => known.get(name)).filter((row) => row !== undefined);
  writeFileSync(RESULTS, `${text.slice(0, start)}${table(HEAD, kept)}${text.slice(end)}`);
};

const chosen = MODULES.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
const rows = chosen.map(rowOf);
process.stdout.write(`\n${table(HEAD, rows)}\n`);
if (values.record) record(rows);
const weak = rows.filter((row) => Number.parseFloat(row[6] ?? "0") < 100 * MIN_SCORE);
process.exitCode = weak.length === 0 ? 0 : 1;
