import { parseArgs } from "node:util";
import type { Break } from "./break.ts";
import { BREAKS, reasonAgainst } from "./list.ts";
import { record, type Result } from "./results.ts";
import { createScratch, type Verdict } from "./scratch.ts";

/*
 * Breaks one promise after another in a copy of the project, and runs the tests that have to notice. The exit code is 1 if a break is
 * not noticed, or cannot be tried. A title, or a part of one, tries those breaks alone; `--record` writes the results into
 * results.md.
 */
const { values, positionals } = parseArgs({
  options: { record: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = BREAKS.filter(
  ({ title, file }) =>
    positionals.length === 0 || positionals.some((part) => title.includes(part) || file.includes(part)),
);

const scratch = createScratch();
process.once("exit", scratch.remove);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Titles of tests that fail without a break, by test file. */
const controls = new Map<string, Promise<readonly string[]>>();
const failuresOf = (file: string): Promise<readonly string[]> => {
  const known = controls.get(file) ?? scratch.run([file], "end").then(({ failed }) => failed.map(({ title }) => title));
  controls.set(file, known);
  return known;
};

const withBreak = async ({ file, from, to, tests }: Break, text: string): Promise<Verdict> => {
  scratch.write(
    file,
    text.replace(from, () => to),
  );
  try {
    return await scratch.run(tests, "failure");
  } finally {
    scratch.write(file, text);
  }
};

const attempt = async (each: Break): Promise<Omit<Result, "title">> => {
  const text = scratch.read(each.file);
  const reason = reasonAgainst(each, text);
  if (reason !== null) return { isNoticed: false, by: reason };
  const { failed, broken, timedOut } = await withBreak(each, text);
  for (const { file, title } of failed) {
    // A test that fails anyway notices nothing.
    if (!(await failuresOf(file)).includes(title)) return { isNoticed: true, by: title };
  }
  if (failed.length > 0) return { isNoticed: false, by: "only tests failed that fail without the break" };
  if (timedOut) return { isNoticed: false, by: "the tests did not end" };
  return { isNoticed: false, by: broken.length > 0 ? "the tests cannot be run" : "no test failed" };
};

const results: Result[] = [];
for (const each of chosen) {
  const startedAt = performance.now();
  const result = { title: each.title, ...(await attempt(each)) };
  results.push(result);
  if (values.record) record(result);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  process.stdout.write(`${result.isNoticed ? "noticed" : "NOT NOTICED"} (${seconds} s): ${each.title}: ${result.by}\n`);
}

const missed = results.filter(({ isNoticed }) => !isNoticed);
process.stdout.write(`\n${results.length - missed.length} of ${results.length} breaks were noticed\n`);
process.exitCode = missed.length === 0 ? 0 : 1;
