import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { setup } from "../../scripts/redis.ts";
import { type Outcome, type Plan, runCommands } from "./commands.run.ts";

/*
 * Proves the guarantees of docs/commands.md under faults: clients send mutations and retry with the same key, while the gateway
 * fails before and after the effect, its devices go offline, and instances are killed. Compares what the gateway received and
 * did with the clients' answers. The exit code is 1 on a duplicate effect or a lost command.
 */
const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, mutations: { type: "string", default: "10000" } },
});

const PLAN: Plan = {
  seed: Number(values.seed),
  mutations: Number(values.mutations),
  clients: 50,
  kills: 12,
  deadlineMs: 900_000,
};
const MAX_PRINTED = 20;

const count = (number: number): string => number.toLocaleString("en");

const rowsOf = (counts: Iterable<readonly [string, number]>): string[][] =>
  [...counts].toSorted((a, b) => b[1] - a[1]).map(([name, number]) => [name, count(number)]);

const print = ({ verdict, results, report, failures, kills, repeatedKeys, complaints, ...times }: Outcome): void => {
  const attempts = results.reduce((sum, each) => sum + each.attempts, 0);
  const parts = [
    `Seed ${PLAN.seed}`,
    table(["outcome of the mutation", "number"], rowsOf(verdict.outcomes)),
    table(["reported as UNKNOWN, actual outcome", "number"], rowsOf(verdict.unknown)),
    table(["failed attempts", "number"], rowsOf(failures)),
    table(["fault of the gateway", "number"], [...rowsOf(report.faults), ["device offline", count(report.outages)]]),
    [
      `${count(results.length)} mutations in ${count(attempts)} attempts and ${times.sentInSeconds.toFixed(0)} s`,
      `${count(report.requests)} requests to the gateway`,
      `${count(report.commands.length)} commands, ${count(report.openings.length)} doors opened`,
      `an instance killed ${kills} times`,
      `${count(repeatedKeys)} keys used again at the end`,
      `${times.seconds.toFixed(0)} s in total.`,
    ].join("; "),
    ...complaints.map((complaint) => `An instance logged: ${complaint}`),
  ];
  process.stdout.write(`${parts.join("\n\n")}\n\n`);
};

setup();
const outcome = await runCommands(PLAN);
print(outcome);
const violations = [
  ...(outcome.results.length === PLAN.mutations ? [] : ["Not all mutations were sent in time."]),
  ...(outcome.kills >= Math.min(10, PLAN.kills)
    ? []
    : [`An instance must be killed at least 10 times; it was killed ${outcome.kills} times.`]),
  ...outcome.verdict.violations,
];
for (const violation of violations.slice(0, MAX_PRINTED)) process.stdout.write(`VIOLATION: ${violation}\n`);
process.stdout.write(`${count(violations.length)} violations\n`);
process.exit(violations.length === 0 ? 0 : 1);
