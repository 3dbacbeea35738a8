import { parseArgs } from "node:util";
import { setup } from "../../scripts/redis.ts";
import { reportOf, violationsIn } from "./events/report.ts";
import { type Outcome, type Plan, runUnderFaults } from "./events/run.ts";
import { VARIANTS } from "./events/variants.ts";

/*
 * Proves the guarantees of docs/events.md under faults: compares what devices saw acknowledged with what readers of every kind
 * received. The exit code is 1 if a promise is broken. `--quick` takes about two minutes, with one server; `--only` takes the
 * variants whose name has the word.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    times: { type: "string", default: "2" },
    events: { type: "string", default: "50000" },
    rate: { type: "string", default: "500" },
    minutes: { type: "string", default: "10" },
    quick: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const full = {
  seed,
  times: Number(values.times),
  events: Number(values.events),
  perSecond: Number(values.rate),
  maxRows: 20,
  maxMs: Number(values.minutes) * 60_000,
  pauseMs: 300,
  resetMs: 400,
  awayMs: 6_000,
} satisfies Omit<Plan, "variant">;
const quick = { ...full, times: 1, events: 0, perSecond: 150, maxMs: 300_000, pauseMs: 50, awayMs: 2_000 };

setup();
const variants = values.quick ? VARIANTS.slice(0, 1) : VARIANTS.filter(({ name }) => name.includes(values.only));
const outcomes: Outcome[] = [];
for (const variant of variants) outcomes.push(await runUnderFaults({ variant, ...(values.quick ? quick : full) }));
process.stdout.write(`Seed ${seed}\n\n${reportOf(outcomes)}\n`);
const violations = violationsIn(outcomes);
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.exit(violations.length === 0 ? 0 : 1);
