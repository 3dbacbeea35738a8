import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../bench/statistics.ts";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { startLoad } from "../kit/gateway/load.ts";
import { type Asker, createAsker } from "./asker.ts";
import { startPrograms, urlOf } from "./program.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { type RemoteSandbox, startRemoteSandbox } from "./sandbox.ts";

const PER_SECOND = 500;
const OUTAGE_MS = 60_000;
const AFTERWARDS_MS = 10_000;
const LOOK_MS = 20;

const OUTAGES: readonly (readonly [name: string, fault: FaultInput])[] = [
  ["503", { kind: "5xx", status: 503, times: null }],
  ["resets", { kind: "resetBefore", times: null }],
  ["hanging", { kind: "hang", times: null }],
];

interface Look {
  readonly at: number;
  readonly value: boolean | number | null;
}

/** Asks the same again and again; `at` is when it was asked. */
const watch = (ask: () => Promise<Look["value"]>, everyMs: number) => {
  const looks: Look[] = [];
  const watching = new AbortController();
  const run = async () => {
    while (!watching.signal.aborted) {
      const at = performance.now();
      looks.push({ at, value: await ask() });
      await delay(Math.max(0, at + everyMs - performance.now()));
    }
  };
  const ended = run();
  const stop = () => {
    watching.abort();
    return ended;
  };
  const between = (from: number, to: number) => looks.filter(({ at }) => at >= from && at < to);
  return { looks, between, stop };
};

const statuses = (looks: readonly Look[]): string =>
  [...Map.groupBy(looks, ({ value }) => String(value))]
    .map(([value, all]) => `${count(all.length)} x ${value}`)
    .join(", ");

/** Every call asks for somebody else: none shares the request of another one. */
const createCalls = ({ ask }: Asker) => {
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

const strike = async (
  name: string,
  fault: FaultInput,
  asker: Asker,
  sandbox: RemoteSandbox,
): Promise<readonly Claim[]> => {
  const { times, call } = createCalls(asker);
  const load = startLoad(PER_SECOND, call);
  const available = watch(async () => {
    const { data } = await asker.ask<{ gateway: { available: boolean } }>("{ gateway { available } }");
    return data?.gateway.available ?? null;
  }, LOOK_MS);
  const live = watch(() => asker.status("/health/live"), 5 * LOOK_MS);
  const ready = watch(() => asker.status("/health/ready"), 5 * LOOK_MS);
  await delay(3_000);

  const [since, before] = [await sandbox.marker(), load.count()];
  const struckAt = performance.now();
  await sandbox.misbehave(fault);
  await delay(OUTAGE_MS);
  const [requests, calls] = [(await sandbox.marker()) - since, load.count() - before];
  const healedAt = performance.now();
  await sandbox.heal();
  await delay(AFTERWARDS_MS);
  const endedAt = performance.now();
  load.stop();
  const outcomes = await load.ended;
  await Promise.all([available, live, ready].map(({ stop }) => stop()));

  const openedAt = available.looks.find(({ at, value }) => at >= struckAt && value === false)?.at ?? Infinity;
  const closedAt = available.looks.find(({ at, value }) => at >= healedAt && value === true)?.at ?? Infinity;
  const readyAt = ready.looks.find(({ at, value }) => at >= healedAt && value === 200)?.at ?? Infinity;
  const whileOpen = ready.between(openedAt + 1_000, healedAt);
  const afterwards = ready.between(readyAt, endedAt);
  const lived = live.between(0, Infinity);
  const failedFast = times.filter(({ at }) => at > openedAt + 6_000 && at < healedAt).map(({ ms }) => ms);
  const within = (ms: number) => (Number.isFinite(ms) ? milliseconds(ms) : "never");
  return [
    claim(
      `${name}: upstream requests at most 1.1 x the calls`,
      `${count(requests)} for ${count(calls)}`,
      requests <= 1.1 * calls && calls > (0.8 * PER_SECOND * OUTAGE_MS) / 1_000,
    ),
    claim(`${name}: breaker open within 1 s`, within(openedAt - struckAt), openedAt - struckAt <= 1_000),
    claim(`${name}: closed within 5 s of healing`, within(closedAt - healedAt), closedAt - healedAt <= 5_000),
    claim(`${name}: ready again within 5 s of healing`, within(readyAt - healedAt), readyAt - healedAt <= 5_000),
    claim(
      `${name}: /health/live is always 200`,
      statuses(lived),
      lived.length > 100 && lived.every(({ value }) => value === 200),
    ),
    claim(
      `${name}: /health/ready is 503 while it is open`,
      statuses(whileOpen),
      whileOpen.length > 10 && whileOpen.every(({ value }) => value === 503),
    ),
    claim(
      `${name}: /health/ready is 200 afterwards`,
      statuses(afterwards),
      afterwards.length > 10 && afterwards.every(({ value }) => value === 200),
    ),
    claim(
      `${name}: calls fail fast meanwhile (p99 below 250 ms)`,
      `p50 ${milliseconds(quantile(failedFast, 0.5))}, p99 ${milliseconds(quantile(failedFast, 0.99))}`,
      quantile(failedFast, 0.99) < 250,
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
  about: `the gateway is out for ${OUTAGE_MS / 1_000} s, in three ways, at ${PER_SECOND} calls a second`,
  async run(seed) {
    const sandbox = await startRemoteSandbox({ seed, people: 5, ledgerLimit: 200_000 });
    const [instance] = await startPrograms(1, { gateway: sandbox });
    if (instance === undefined) throw new Error("There is no instance.");
    const asker = createAsker(urlOf(instance));
    try {
      const claims: Claim[] = [];
      for (const [name, fault] of OUTAGES) claims.push(...(await strike(name, fault, asker, sandbox)));
      return [...claims, claim("the process lives", [...instance.complaints.keys()].join("; "), instance.isUp())];
    } finally {
      await asker.stop();
      await instance.kill();
      await sandbox.stop();
    }
  },
};
