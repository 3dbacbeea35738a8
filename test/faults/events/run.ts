import { setTimeout as delay } from "node:timers/promises";
import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import { createInstance, type Instance } from "../instance.ts";
import { CALLBACK_SECRET, PORTICO } from "../portico.ts";
import { startRelay } from "../relay.ts";
import { applyFaults, isReady, type Plan, type Recovery, RECOVERY_MS } from "./apply.ts";
import type { Scene } from "./kinds/kind.ts";
import { Ledger } from "./ledger.ts";
import { type Patience, startPatience } from "./patience.ts";
import { createPoster, type Poster } from "./poster.ts";
import { pickOne, randomFor } from "./random.ts";
import { endOfLog, readWholeLog } from "./readers/pull.ts";
import type { Reader } from "./readers/reader.ts";
import { startReceiver } from "./readers/router.ts";
import { startReaders } from "./readers.ts";
import { ReaderRecord } from "./record.ts";
import { judgeReader, type ReaderVerdict } from "./verdict.ts";

export interface Outcome {
  readonly variant: string;
  readonly acknowledged: number;
  readonly repeated: number;
  readonly resets: number;
  readonly seconds: number;
  readonly recoveries: readonly Recovery[];
  readonly readers: readonly { readonly verdict: ReaderVerdict; readonly returns: number | null }[];
  /** What was broken beside what readers received. */
  readonly complaints: readonly string[];
}

const INSTANCES = 3;
const DEVICES = 11;
/** Too long ago for any backfill: what is lost stays lost. */
const START = Date.parse("2026-06-21T05:00:00Z");
const STILL_MS = 30_000;
/** How many events the product's log retains. */
const RETAINED = 100_000;

/** Resets a connection, or loses an answer, now and then. */
const resetNowAndThen = ({ seed, variant, resetMs }: Plan, { balancer, store }: Scene) => {
  const random = randomFor(seed, `${variant.name}: resets`);
  const controller = new AbortController();
  const run = async () => {
    for (;;) {
      await delay(random() * 2 * resetMs, undefined, { signal: controller.signal });
      const relay = pickOne([balancer, balancer, ...store.relays], random);
      if (random() < 0.5) relay.reset();
      else relay.loseResponse();
    }
  };
  void run().catch(() => {});
  return () => controller.abort();
};

/** Whether a reader has the last event of each device that its filter selects. */
const isCaughtUp = ({ record }: Reader, ledger: Ledger): boolean =>
  ledger.devices.every(({ acknowledgedAt }, index) => {
    let number = acknowledgedAt.length - 1;
    while (number > 0 && !record.selects(index, number)) number -= 1;
    return record.highestOf(index) >= number;
  });

/** Waits until every reader has everything, or none makes any progress. */
const settle = async (readers: readonly Reader[], ledger: Ledger, patience: Patience): Promise<void> => {
  const received = () => readers.reduce((sum, { record }) => sum + record.received, 0);
  for (let before = -1; before !== received(); ) {
    before = received();
    if (await patience.holds(() => readers.every((reader) => isCaughtUp(reader, ledger)), STILL_MS)) break;
  }
  await delay(500);
};

/** Runs three instances behind a balancer with devices, readers of every kind, and a script of faults. */
export const runUnderFaults = async (plan: Plan): Promise<Outcome> => {
  const { variant, seed, perSecond, maxRows, awayMs } = plan;
  const startedAt = performance.now();
  const random = randomFor(seed, `${variant.name}: choices`);
  const stops: (() => Promise<unknown>)[] = [];
  const during = <Part extends { readonly stop: () => Promise<unknown> }>(part: Part): Part => {
    stops.unshift(part.stop);
    return part;
  };
  const instances: Instance[] = [];
  try {
    const patience = during(await startPatience());
    const store = during(await variant.start(INSTANCES, random));
    const gateway = during(
      await startSandbox({ seed, rate: false, live: false, people: 5, devices: DEVICES, start: START }),
    );
    const receiver = during(await startReceiver());
    const runningPorts = () => instances.filter(({ isUp }) => isUp()).map(({ port }) => port);
    const balancer = during(await startRelay({ targets: runningPorts, random }));
    const url = `http://127.0.0.1:${balancer.port}`;
    stops.unshift(() => Promise.all(instances.map((instance) => instance.kill())));
    const startInstance = async (redisUrl: string): Promise<Instance> => {
      const isShort = variant.retained !== null;
      const file = isShort ? new URL("./trimmed.process.ts", import.meta.url) : PORTICO.file;
      const instance = await createInstance(file, {
        ...PORTICO.env({ gateway, publicUrl: url, redisUrl }),
        SUBGRAPH_CALLBACK_URLS: receiver.prefix,
        ...(isShort ? { RETAINED_EVENTS: String(variant.retained) } : {}),
      });
      instances.push(instance);
      await instance.start();
      return instance;
    };
    await Promise.all(Array.from({ length: INSTANCES }, (_, index) => startInstance(store.urlFor(index))));
    const serving = [...instances];
    await patience.holds(async () => (await Promise.all(serving.map(isReady))).every(Boolean), RECOVERY_MS);

    const serials = [...gateway.gateway.world.devices.keys()].slice(0, DEVICES);
    const ledger = new Ledger(serials);
    const first = await endOfLog(url);
    const readers = startReaders({ ledger, url, first, patience, random, receiver, awayMs });
    const poster = createPoster({
      seed,
      ledger,
      url: `${url}/callbacks/${CALLBACK_SECRET}`,
      token: gateway.token,
      perSecond,
      maxRows,
      patience,
    });
    poster.begin();
    const starting = new Set<Promise<void>>();
    const startLater = (instance: Instance) => {
      const started = instance.start().finally(() => starting.delete(started));
      starting.add(started);
    };
    const scene: Scene = { instances: serving, balancer, store, random, startLater };
    const stopResets = resetNowAndThen(plan, scene);
    const { losses, recoveries, complaints } = await applyFaults(plan, scene, ledger, patience);
    await Promise.all(starting);
    stopResets();
    complaints.push(...(await finish(poster, ledger, patience)));
    await settle(readers, ledger, patience);
    await Promise.all(readers.map(({ stop }) => stop()));
    for (const { record } of readers) record.end();

    if (store.relays.length > 0) await store.loseMaster();
    const fresh = await startInstance(store.url);
    const whole = new ReaderRecord("the log, from a new instance", ledger);
    await readWholeLog(`http://127.0.0.1:${fresh.port}`, whole);
    whole.end();
    const witness = readers[0]?.record ?? whole;
    const isWhole = ledger.acknowledged < (variant.retained ?? RETAINED);
    const evidence = { ledger, losses, needsReasons: variant.retained === null };
    return {
      variant: variant.name,
      acknowledged: ledger.acknowledged,
      repeated: poster.repeated(),
      resets: [balancer, ...store.relays].reduce((sum, relay) => sum + relay.resets(), 0),
      seconds: (performance.now() - startedAt) / 1_000,
      recoveries,
      readers: [
        ...readers.map(({ record, returns }) => ({ verdict: judgeReader(record, evidence), returns: returns() })),
        { verdict: judgeReader(whole, { ...evidence, log: { witness, isWhole } }), returns: null },
      ],
      complaints: [
        ...complaints,
        ...instances.flatMap(({ complaints }) => [...complaints].map(([text, count]) => `${count} x ${text}`)),
      ],
    };
  } finally {
    for (const stop of stops) await stop();
  }
};

/** Ends the events; returns what is broken. */
const finish = async (poster: Poster, ledger: Ledger, patience: Patience): Promise<readonly string[]> => {
  let [progress, since] = [ledger.acknowledged, performance.now()];
  const isStuck = () => {
    if (ledger.acknowledged !== progress) [progress, since] = [ledger.acknowledged, performance.now()];
    return performance.now() - since > patience.stretch(STILL_MS);
  };
  const isDone = await poster.finish(isStuck);
  return [
    ...(isDone ? [] : ["Not every event was acknowledged."]),
    ...[...poster.refusals].map(([refusal, count]) => `${count} callbacks were answered with ${refusal}`),
  ];
};
