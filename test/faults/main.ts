import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { setup } from "../../scripts/redis.ts";
import { NAIVE } from "./naive.ts";
import { PORTICO } from "./portico.ts";
import { type Outcome, type Plan, runUnderFaults } from "./run.ts";
import { isFlawless } from "./verdict.ts";

/*
 * Proves the guarantees of docs/events.md under faults: compares what a gateway saw acknowledged with what a client can read.
 * The exit code is 1 if an event is lost, duplicated or out of order. The usual wiring runs under
 * the first six kinds of faults for comparison; `--quick` leaves it out, and takes two minutes.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    events: { type: "string", default: "50000" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const events = Number(values.events);

const FULL: Plan = {
  seed,
  events,
  counts: {
    "kill Redis": 20,
    "kill an instance": 6,
    "reset a connection to an instance": 100,
    "lose an answer of an instance": 100,
    "reset a connection to Redis": 60,
    "lose an answer of Redis": 60,
    "hang an instance": 4,
    "delay what an instance and Redis say": 4,
    "swallow what an instance and Redis say": 6,
    "hang Redis": 6,
    "forget the scripts of Redis": 10,
    "rewrite the file of Redis": 6,
    "fill Redis": 6,
    "make Redis a replica": 6,
    "change the password of Redis": 6,
  },
  deadlineMs: 300_000,
};

/** One or a few of each kind, in two minutes. */
const QUICK: Plan = {
  seed,
  events: events / 5,
  counts: {
    "kill Redis": 4,
    "kill an instance": 2,
    "reset a connection to an instance": 20,
    "lose an answer of an instance": 20,
    "reset a connection to Redis": 12,
    "lose an answer of Redis": 12,
    "hang an instance": 1,
    "delay what an instance and Redis say": 1,
    "swallow what an instance and Redis say": 2,
    "hang Redis": 2,
    "forget the scripts of Redis": 2,
    "rewrite the file of Redis": 2,
    "fill Redis": 2,
    "make Redis a replica": 2,
    "change the password of Redis": 2,
  },
  deadlineMs: 120_000,
};

/** A fifth of the full plan. */
const REDUCED: Plan = {
  seed,
  events: events / 5,
  counts: {
    "kill Redis": 5,
    "kill an instance": 2,
    "reset a connection to an instance": 20,
    "lose an answer of an instance": 20,
    "reset a connection to Redis": 12,
    "lose an answer of Redis": 12,
    "hang an instance": 0,
    "delay what an instance and Redis say": 0,
    "swallow what an instance and Redis say": 0,
    "hang Redis": 0,
    "forget the scripts of Redis": 0,
    "rewrite the file of Redis": 0,
    "fill Redis": 0,
    "make Redis a replica": 0,
    "change the password of Redis": 0,
  },
  deadlineMs: 120_000,
};

const HEAD = ["wiring", "reader", "disconnected", "received", "lost", "duplicated", "out of order", "gaps reported"];

const rowsOf = ({ wiring, verdicts }: Outcome) =>
  verdicts.map(({ reader, returns, verdict: { received, lost, duplicated, outOfOrder, gaps } }) => [
    `${wiring}: ${reader}`,
    ...[returns, received, lost, duplicated, outOfOrder, gaps].map((count) => count?.toLocaleString("en") ?? ""),
  ]);

const facts = ({ wiring, acknowledged, redelivered, redisKills, instanceKills, resets, seconds }: Outcome): string =>
  [
    `${wiring}: ${acknowledged.toLocaleString("en")} events acknowledged in ${seconds.toFixed(0)} s`,
    `${redelivered.toLocaleString("en")} deliveries repeated`,
    `Redis killed ${redisKills} times, an instance ${instanceKills} times`,
    `${resets} connections reset`,
  ].join("; ");

setup();
const outcomes: Outcome[] = [];
if (values.only !== "naive") outcomes.push(await runUnderFaults(PORTICO, values.quick ? QUICK : FULL));
if (values.only !== "portico" && !values.quick) outcomes.push(await runUnderFaults(NAIVE, REDUCED));

const [first] = HEAD;
process.stdout.write(`Seed ${seed}\n\n${table([`${first}: reader`, ...HEAD.slice(2)], outcomes.flatMap(rowsOf))}\n\n`);
for (const outcome of outcomes) process.stdout.write(`${facts(outcome)}.\n`);

const minResets = values.quick ? 40 : 200;
const faults = outcomes
  .filter(({ wiring }) => wiring === PORTICO.name)
  .flatMap(({ verdicts, isDone, resets, complaints }) => [
    ...(isDone ? [] : ["Not every event was acknowledged in time."]),
    ...(resets >= minResets ? [] : [`At least ${minResets} connections must be reset; ${resets} were.`]),
    ...verdicts
      .filter(({ verdict }) => !isFlawless(verdict))
      .map(({ reader }) => `The guarantee is violated for ${reader}.`),
    ...complaints.map((complaint) => `An instance logged: ${complaint}`),
  ]);
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
