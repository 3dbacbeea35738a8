import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { setup } from "../../scripts/redis.ts";
import { NAIVE } from "./naive.ts";
import { PORTICO } from "./portico.ts";
import { type Outcome, type Plan, runUnderFaults } from "./run.ts";
import { isFlawless } from "./verdict.ts";

/*
 * Proves the guarantees of docs/events.md under faults: compares what a gateway saw acknowledged with what a client can read.
 * The exit code is 1 if an event is lost, duplicated or out of order. The usual wiring runs under the same faults for comparison.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    events: { type: "string", default: "50000" },
    only: { type: "string" },
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
  },
  deadlineMs: 240_000,
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
if (values.only !== "naive") outcomes.push(await runUnderFaults(PORTICO, FULL));
if (values.only !== "portico") outcomes.push(await runUnderFaults(NAIVE, REDUCED));

const [first] = HEAD;
process.stdout.write(`Seed ${seed}\n\n${table([`${first}: reader`, ...HEAD.slice(2)], outcomes.flatMap(rowsOf))}\n\n`);
for (const outcome of outcomes) process.stdout.write(`${facts(outcome)}.\n`);

const faults = outcomes
  .filter(({ wiring }) => wiring === PORTICO.name)
  .flatMap(({ verdicts, isDone, resets, complaints }) => [
    ...(isDone ? [] : ["Not every event was acknowledged in time."]),
    ...(resets >= 200 ? [] : [`At least 200 connections must be reset; ${resets} were.`]),
    ...verdicts
      .filter(({ verdict }) => !isFlawless(verdict))
      .map(({ reader }) => `The guarantee is violated for ${reader}.`),
    ...complaints.map((complaint) => `An instance logged: ${complaint}`),
  ]);
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
