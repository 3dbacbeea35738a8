import { setTimeout as delay } from "node:timers/promises";
import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import { createInstance, type Instance } from "../instance.ts";
import { CALLBACK_SECRET, PORTICO } from "../portico.ts";
import { startRelay } from "../relay.ts";
import { type FaultKind, REACH_MS, type Scene } from "./kinds/kind.ts";
import { Ledger } from "./ledger.ts";
import { type Patience, startPatience } from "./patience.ts";
import { createPoster, type Poster } from "./poster.ts";
import { pickOne, randomFor } from "./random.ts";
import { endOfLog, readWholeLog } from "./readers/pull.ts";
import type { Reader } from "./readers/reader.ts";
import { startReceiver } from "./readers/router.ts";
import { startReaders } from "./readers.ts";
import { ReaderRecord } from "./record.ts";
import { writeScript } from "./script.ts";
import { judgeReader, type Loss, type ReaderVerdict } from "./verdict.ts";
import type { Variant } from "./variants.ts";

export interface Plan {
  readonly variant: Variant;
  readonly seed: number;
  /** The faults go on until so many events are acknowledged. */
  readonly events: number;
  readonly perSecond: number;
  /** Maximum number of events in one callback. */
  readonly maxRows: number;
  /** Ends the faults after this time, in any case. */
  readonly maxMs: number;
  /** Between two faults, on average. */
  readonly pauseMs: number;
  /** Between two resets of a connection beside the faults, on average. */
  readonly resetMs: number;
  /** How long the slow reader does not read, and another one stays away at most. */
  readonly awayMs: number;
}

/** How long it took after one fault, in milliseconds. */
export interface Recovery {
  readonly kind: string;
  readonly acknowledgedMs: number;
  readonly readyMs: number;
}

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
const RECOVERY_MS = 60_000;
const STILL_MS = 30_000;
const READY_MS = 2_000;
/** How many events the product's log retains. */
const RETAINED = 100_000;

const isReady = async ({ port, isUp }: Instance): Promise<boolean> => {
  if (!isUp()) return false;
  const signal = AbortSignal.timeout(READY_MS);
  const headers = { connection: "close" };
  return fetch(`http://127.0.0.1:${port}/health/ready`, { headers, signal }).then(
    ({ ok }) => ok,
    () => false,
  );
};

/** Applies one fault after the other, each when the last one is over, and notes how long it took. */
const applyFaults = async (plan: Plan, scene: Scene, ledger: Ledger, patience: Patience) => {
  const random = randomFor(plan.seed, `${plan.variant.name}: pauses`);
  const startedAt = performance.now();
  const isOver = () =>
    performance.now() - startedAt > plan.maxMs || scene.instances.some(({ hasCrashed }) => hasCrashed());
  const losses: Loss[] = [];
  const recoveries: Recovery[] = [];
  const complaints: string[] = [];
  let master = await scene.store.master();
  let masterSince = performance.now();
  /** Where there are replicas, a master is also replaced because the machine is slow. */
  const noteNewMaster = async () => {
    const now = await scene.store.master();
    const at = performance.now();
    if (now !== master) losses.push({ from: masterSince, until: at, reachMs: REACH_MS["the last events"] });
    [master, masterSince] = [now, at];
  };
  const apply = async ({ name, cost, apply }: FaultKind) => {
    const from = performance.now();
    await apply(scene);
    const endedAt = performance.now();
    let [acknowledgedMs, readyMs] = [-1, -1];
    const note = async () => {
      const now = performance.now() - endedAt;
      if (acknowledgedMs < 0 && ledger.lastAcknowledgedAt > endedAt)
        acknowledgedMs = ledger.lastAcknowledgedAt - endedAt;
      if (readyMs < 0 && (await Promise.all(scene.instances.map(isReady))).every(Boolean)) readyMs = now;
      return acknowledgedMs >= 0 && readyMs >= 0;
    };
    if (!(await patience.holds(note, RECOVERY_MS, () => scene.instances.some(({ hasCrashed }) => hasCrashed()))))
      complaints.push(`After "${name}" ${readyMs < 0 ? "an instance is not ready" : "no event is acknowledged"}.`);
    else recoveries.push({ kind: name, acknowledgedMs, readyMs });
    await noteNewMaster();
    if (cost !== "nothing") losses.push({ from, until: performance.now(), reachMs: REACH_MS[cost] });
  };
  for (let round = 0; round === 0 || ledger.acknowledged < plan.events; round += 1) {
    for (const kind of writeScript(plan.variant.kinds, plan.seed + round)) {
      if (isOver() || complaints.length > 0) return { losses, recoveries, complaints };
      await delay(random() * 2 * plan.pauseMs);
      await apply(kind);
    }
  }
  return { losses, recoveries, complaints };
};

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
