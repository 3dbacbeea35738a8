import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../bench/statistics.ts";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { startLoad } from "../kit/gateway/load.ts";
import type { GraphQLClient } from "./client.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { type Side, startSide, stopSide } from "./side.ts";

const PER_SECOND = 500;
const OUTAGE_MS = 60_000;
const WARM_UP_MS = 3_000;
const AFTERWARDS_MS = 10_000;
const OBSERVE_MS = 20;

const OUTAGES: readonly (readonly [name: string, fault: FaultInput])[] = [
  ["503", { kind: "5xx", status: 503, times: null }],
  ["resets", { kind: "resetBefore", times: null }],
  ["hanging", { kind: "hang", times: null }],
];

interface Observation {
  readonly at: number;
  readonly value: boolean | number | null;
}

/** Repeats a query; `at` is the time of each. */
const watch = (ask: () => Promise<Observation["value"]>, everyMs: number) => {
  const observations: Observation[] = [];
  const controller = new AbortController();
  const run = async () => {
    while (!controller.signal.aborted) {
      const at = performance.now();
      observations.push({ at, value: await ask() });
      await delay(Math.max(0, at + everyMs - performance.now()));
    }
  };
  const ended = run();
  const stop = () => {
    controller.abort();
    return ended;
  };
  const between = (from: number, to: number) => observations.filter(({ at }) => at >= from && at < to);
  return { observations, between, stop };
};

const statuses = (observations: readonly Observation[]): string =>
  [...Map.groupBy(observations, ({ value }) => String(value))]
    .map(([value, all]) => `${count(all.length)} x ${value}`)
    .join(", ");

/** Every call asks for another user, so that no two share an upstream request. */
const createCalls = ({ ask }: GraphQLClient) => {
  const times: { readonly at: number; readonly ms: number }[] = [];
  const call = async (number: number) => {
    const at = performance.now();
    const { outcome, ms } = await ask("query ($code: String!) { user(employeeCode: $code) { name } }", {
      code: String(number),
    });
    times.push({ at, ms });
    return outcome;
  };
  return { times, call };
};

/** The gateway of the first side is out; the second side, with as many calls, is the control. */
const runOutage = async (
  name: string,
  fault: FaultInput,
  [{ client, sandbox }, healthy]: readonly [Side, Side],
): Promise<readonly Claim[]> => {
  const { times, call } = createCalls(client);
  const usualCalls = createCalls(healthy.client);
  const load = startLoad(PER_SECOND, call);
  const usualLoad = startLoad(PER_SECOND, usualCalls.call);
  const available = watch(async () => {
    const { data } = await client.ask<{ gateway: { available: boolean } }>("{ gateway { available } }");
    return data?.gateway.available ?? null;
  }, OBSERVE_MS);
  const live = watch(() => client.status("/health/live"), 5 * OBSERVE_MS);
  const ready = watch(() => client.status("/health/ready"), 5 * OBSERVE_MS);
  const loadedAt = performance.now();
  await delay(WARM_UP_MS);

  const [since, before] = [await sandbox.marker(), load.count()];
  const startedAt = performance.now();
  const usual = before / (startedAt - loadedAt);
  await sandbox.addFault(fault);
  await delay(OUTAGE_MS);
  const [requests, calls] = [(await sandbox.marker()) - since, load.count() - before];
  const recoveredAt = performance.now();
  await sandbox.clearFaults();
  await delay(AFTERWARDS_MS);
  const endedAt = performance.now();
  for (const each of [load, usualLoad]) each.stop();
  const [outcomes] = await Promise.all([load.ended, usualLoad.ended]);
  await Promise.all([available, live, ready].map(({ stop }) => stop()));
  /** What the machine itself took meanwhile counts for nothing. */
  const late = Math.max(...usualCalls.times.filter(({ at }) => at >= startedAt).map(({ ms }) => ms));

  const openedAt = available.observations.find(({ at, value }) => at >= startedAt && value === false)?.at ?? Infinity;
  const closedAt = available.observations.find(({ at, value }) => at >= recoveredAt && value === true)?.at ?? Infinity;
  const readyAt = ready.observations.find(({ at, value }) => at >= recoveredAt && value === 200)?.at ?? Infinity;
  const whileOpen = ready.between(openedAt + 1_000, recoveredAt);
  const afterwards = ready.between(readyAt, endedAt);
  const liveness = live.between(0, Infinity);
  const during = (all: typeof times) =>
    all.filter(({ at }) => at > openedAt + 6_000 && at < recoveredAt).map(({ ms }) => ms);
  const [failedFast, answered] = [during(times), during(usualCalls.times)];
  const within = (ms: number) => (Number.isFinite(ms) ? milliseconds(ms) : "never");
  return [
    claim(
      `${name}: upstream requests are at most 1.1 x the calls`,
      `${count(requests)} for ${count(calls)}`,
      requests <= 1.1 * calls && calls > 0.8 * usual * (recoveredAt - startedAt),
    ),
    claim(`${name}: the breaker opens within 1 s`, within(openedAt - startedAt), openedAt - startedAt <= 1_000 + late),
    claim(
      `${name}: it closes within 5 s of recovery`,
      within(closedAt - recoveredAt),
      closedAt - recoveredAt <= 5_000 + late,
    ),
    claim(
      `${name}: the instance is ready again within 5 s of recovery`,
      within(readyAt - recoveredAt),
      readyAt - recoveredAt <= 5_000 + late,
    ),
    claim(
      `${name}: /health/live is always 200`,
      statuses(liveness),
      liveness.length > 10 && liveness.every(({ value }) => value === 200),
    ),
    claim(
      `${name}: /health/ready stays 200 while it is open`,
      statuses(whileOpen),
      whileOpen.length > 0 && whileOpen.every(({ value }) => value === 200),
    ),
    claim(
      `${name}: /health/ready is 200 afterwards`,
      statuses(afterwards),
      afterwards.length > 0 && afterwards.every(({ value }) => value === 200),
    ),
    claim(
      `${name}: calls fail fast during the outage (p99 below 250 ms, or that of answers on a slow machine)`,
      [
        `p50 ${milliseconds(quantile(failedFast, 0.5))}, p99 ${milliseconds(quantile(failedFast, 0.99))}`,
        `p99 of answers of the control ${milliseconds(quantile(answered, 0.99))}`,
      ].join("; "),
      quantile(failedFast, 0.99) < Math.max(250, quantile(answered, 0.99)),
    ),
    claim(
      `${name}: every call ends, answered or UPSTREAM_UNAVAILABLE`,
      Object.entries(outcomes)
        .map(([outcome, number]) => `${count(number)} x ${outcome}`)
        .join(", "),
      Object.keys(outcomes).every((outcome) => outcome === "answered" || outcome === "UPSTREAM_UNAVAILABLE"),
    ),
  ];
};

export const OUTAGE: Proof = {
  name: "outage",
  about: `the gateway is out for ${OUTAGE_MS / 1_000} s, in three ways, at ${PER_SECOND} calls a second, beside a control`,
  async run(seed) {
    const sides = [
      await startSide({ seed, people: 5, ledgerLimit: 200_000 }),
      await startSide({ seed, people: 5, ledgerLimit: 200_000 }),
    ] as const;
    const [{ instance }] = sides;
    try {
      const claims: Claim[] = [];
      for (const [name, fault] of OUTAGES) claims.push(...(await runOutage(name, fault, sides)));
      return [...claims, claim("the process stays alive", [...instance.complaints.keys()].join("; "), instance.isUp())];
    } finally {
      for (const side of sides) await stopSide(side);
    }
  },
};
