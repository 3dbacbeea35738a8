import { parseArgs } from "node:util";
import { setup } from "../../scripts/redis.ts";
import type { Plan } from "./events/apply.ts";
import { reportOf, violationsIn } from "./events/report.ts";
import { type Outcome, runUnderFaults } from "./events/run.ts";
import { QUICK_VARIANTS, type Variant, VARIANTS } from "./events/variants.ts";

/*
 * Proves the guarantees of docs/events.md under faults: compares what devices saw acknowledged with what readers of every kind
 * received. The exit code is 1 if a promise is broken. Each variant applies every kind of fault at least once, and goes on until its
 * share of the events is acknowledged or its share of the minutes is over. `--only` takes the variants whose name has the word.
 * `--quick` applies every kind once, to one server, and those for which gaps are due to one with a short log, in about two minutes.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    events: { type: "string", default: "100000" },
    rate: { type: "string", default: "500" },
    minutes: { type: "string", default: "12" },
    quick: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);

setup();
// Every server and instance ends with this process.
process.setMaxListeners(0);
const variants = (values.quick ? QUICK_VARIANTS : VARIANTS).filter(({ name }) => name.includes(values.only));
const full = {
  seed,
  events: Number(values.events) / variants.length,
  perSecond: Number(values.rate),
  maxRows: 20,
  maxMs: (Number(values.minutes) * 60_000) / variants.length,
  pauseMs: 200,
  resetMs: 400,
  awayMs: 6_000,
} satisfies Omit<Plan, "variant">;
const quick = { ...full, events: 0, maxMs: 300_000, pauseMs: 50, awayMs: 2_000 };
/** Where the log is short, readers have time to fall behind it. */
const quickAt = (variant: Variant): Plan =>
  variant.retained === null
    ? { variant, ...quick, perSecond: 150 }
    : { variant, ...quick, perSecond: 400, pauseMs: 700, awayMs: 5_000 };

const outcomes: Outcome[] = [];
for (const variant of variants)
  outcomes.push(await runUnderFaults(values.quick ? quickAt(variant) : { variant, ...full }));
process.stdout.write(`Seed ${seed}\n\n${reportOf(outcomes)}\n`);
const violations = violationsIn(outcomes);
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.exit(violations.length === 0 ? 0 : 1);
