import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { setup } from "../../scripts/redis.ts";
import { type Outcome, type Plan, runCommands } from "./commands.run.ts";

/*
 * The proof of docs/commands.md under faults: mutations by clients that try again with the same key, while the gateway fails
 * in every way before and after the effect, its devices come and go, and instances are killed. What the gateway received and
 * did is held against what the clients were told. Exit code 1 on a double effect, or a command that is lost.
 */
const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, mutations: { type: "string", default: "10000" } },
});

const PLAN: Plan = {
  seed: Number(values.seed),
  mutations: Number(values.mutations),
  clients: 50,
  kills: 12,
  deadlineMs: 180_000,
};
const SHOWN = 20;

const count = (number: number): string => number.toLocaleString("en");

const rowsOf = (counts: Iterable<readonly [string, number]>): string[][] =>
  [...counts].toSorted((a, b) => b[1] - a[1]).map(([name, number]) => [name, count(number)]);

const print = ({ verdict, endings, report, troubles, kills, again, complaints, ...times }: Outcome): void => {
  const attempts = endings.reduce((sum, each) => sum + each.attempts, 0);
  const parts = [
    `Seed ${PLAN.seed}`,
    table(["came of the mutations", "number"], rowsOf(verdict.outcomes)),
    table(["told as UNKNOWN, proved to be", "number"], rowsOf(verdict.unknown)),
    table(["attempts that failed", "number"], rowsOf(troubles)),
    table(["faults of the gateway", "number"], [...rowsOf(report.faults), ["devices off line", count(report.outages)]]),
    [
      `${count(endings.length)} mutations in ${count(attempts)} attempts and ${times.givenIn.toFixed(0)} s`,
      `${count(report.requests)} requests to the gateway, ${count(report.commands.length)} commands, ${count(report.openings.length)} doors opened`,
      `an instance killed ${kills} times`,
      `${count(again)} keys used once more at the end`,
      `${times.seconds.toFixed(0)} s in all.`,
    ].join("; "),
    ...complaints.map((complaint) => `An instance logged: ${complaint}`),
  ];
  process.stdout.write(`${parts.join("\n\n")}\n\n`);
};

setup();
const outcome = await runCommands(PLAN);
print(outcome);
const violations = [
  ...(outcome.endings.length === PLAN.mutations ? [] : ["Not all mutations were given in time."]),
  ...(outcome.kills >= Math.min(10, PLAN.kills) ? [] : [`Only ${outcome.kills} kills.`]),
  ...outcome.verdict.violations,
];
for (const violation of violations.slice(0, SHOWN)) process.stdout.write(`VIOLATION: ${violation}\n`);
process.stdout.write(`${count(violations.length)} violations\n`);
process.exit(violations.length === 0 ? 0 : 1);
