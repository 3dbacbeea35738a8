import { Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { compareOffsets } from "../../src/events/offset.ts";
import { isGap, type LoggedEvent } from "../../src/events/event.ts";
import { AppendHistory } from "../../src/events/log/append-history.ts";
import type { LogPosition } from "../../src/events/log/log.ts";
import { createRedisStore } from "../../src/events/log/redis-store.ts";
import { Restorer } from "../../src/events/log/restore.ts";
import { createScriptBatcher } from "../../src/redis/batch.ts";
import { StoreUnavailableError } from "../../src/redis/errors.ts";
import { logKeysOf } from "../../src/redis/keys.ts";
import { createLogger } from "../../src/runtime/logger.ts";
import { punchAt } from "../kit/events/samples.ts";
import { startRedis, type TestRedis } from "../kit/redis.ts";
import { connectTo, createRestartingRedis, type RestartingRedis } from "./restarting-redis.ts";
import { simulate, type World } from "./world.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { replyMapping: "legacy" });
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const logger = createLogger({ level: "silent" });
const keys = logKeysOf("simulated");

/** Where an event stood when it was acknowledged. */
interface Acknowledgement {
  /** Names the log and its epoch. */
  readonly epoch: string;
  readonly offset: string;
}

/** An instance that takes the events of one device, each again until it is acknowledged. */
const startInstance = (world: World, at: RestartingRedis, name: string) => {
  const { client, cut, connect, isConnected } = connectTo(at, world);
  const run = createScriptBatcher({ redis: client.redis, waitReplicas: 0 });
  const history = new AppendHistory();
  const parts = { writer: client, reader: client, run, keys, history, instance: name, logger };
  const limits = { maxEvents: 100_000, dedupeMs: 86_400_000 };
  const pause = (ms: number) => world.remote(() => world.advance(ms));
  const restorer = new Restorer({ ...parts, ...limits, pause, onOpen: () => {} });
  const store = createRedisStore({
    ...parts,
    ...limits,
    problem: () => restorer.problem(),
    onLost: () => restorer.suspect(),
    onAppended: () => {},
    track: (running) => running,
  });
  const acknowledged: Acknowledgement[] = [];
  let isSending = false;
  const sendNext = async () => {
    if (isSending) return;
    isSending = true;
    try {
      const [event] = await store.append([punchAt(name, acknowledged.length + 1)]);
      acknowledged.push({ epoch: history.appended().split(" ")[0] ?? "", offset: event?.offset ?? "" });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    } finally {
      isSending = false;
    }
  };
  return {
    name,
    store,
    cut,
    sendNext,
    acknowledged: () => acknowledged.length,
    /** How an event was acknowledged; nothing if it was not. */
    acknowledgementOf: (number: number) => acknowledged[number - 1],
    /** As the program does each second, and when it is connected again. */
    tick() {
      if (!isConnected()) connect();
      void restorer.check();
    },
    isOpen: () => restorer.problem() === null,
    heartbeat: () => restorer.heartbeat(),
  };
};

const logOf = (logId: string): string => logId.split(".")[0] ?? "";

type Instance = ReturnType<typeof startInstance>;

/**
 * Reads the log after its own position, at whatever instance answers, and checks what it gets. A new epoch is reported once, at the
 * reader's position: the events that are gone may lie further on, between events that follow the gap. An event that was read before it was
 * acknowledged, and that Redis then lost, comes again when the gateway has sent it again.
 */
class Reader {
  readonly faults: string[] = [];
  readonly #acknowledgementOf: (device: string, number: number) => Acknowledgement | undefined;
  #received: readonly { readonly device: string; readonly number: number; readonly offset: string }[] = [];
  /** How many gaps there were when a device was heard of last. */
  readonly #gapsAt = new Map<string, number>();
  #position: LogPosition = { logId: null, offset: "0-0" };
  #gaps = 0;
  #repeats = 0;
  #isReading = false;

  constructor(acknowledgementOf: (device: string, number: number) => Acknowledgement | undefined) {
    this.#acknowledgementOf = acknowledgementOf;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** How many events came again that were not acknowledged where they were read before. */
  get repeats(): number {
    return this.#repeats;
  }

  lastOf(device: string): number {
    return this.#lastReceived(device)?.number ?? 0;
  }

  async read({ store }: Instance): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const page = await store.read(this.#position, 100);
      const { logId } = this.#position;
      const epoch = page.bounds.logId;
      if (page.gap) this.#gaps += 1;
      else if (logId !== null && logId !== epoch) this.faults.push(`${epoch} came after ${logId} without a gap`);
      // Another log is read from its beginning; another epoch of the same log is not.
      if (logId !== null && logOf(logId) !== logOf(epoch)) this.#received = [];
      // Behind a gap, a log that came back older is read from its end on, and so is what is put back there later.
      else if (page.gap) this.#received = this.#received.filter(({ offset }) => compareOffsets(offset, page.end) <= 0);
      for (const event of page.events) {
        if (isGap(event)) this.#gaps += 1;
        else this.#receive(event, epoch);
      }
      this.#position = { logId: epoch, offset: page.end };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #lastReceived(device: string) {
    return this.#received.findLast((each) => each.device === device);
  }

  #receive({ DeviceSN: device, key, offset }: LoggedEvent, epoch: string): void {
    const number = Number(key.split(":")[1]);
    const last = this.lastOf(device);
    const isRepeat =
      number === last && this.#acknowledgementOf(device, number)?.offset !== this.#lastReceived(device)?.offset;
    if (isRepeat) this.#repeats += 1;
    else if (number <= last) this.faults.push(`${device}: ${number} came after ${last}`);
    const isBehindGap = this.#gaps > (this.#gapsAt.get(device) ?? 0);
    const missing = Array.from({ length: Math.max(0, number - last - 1) }, (_, index) => last + index + 1);
    // The gap with which the reader came to this epoch stands for events of earlier ones, and for no others.
    const isUntold = !isBehindGap && missing.some((each) => this.#acknowledgementOf(device, each)?.epoch === epoch);
    if (isUntold) this.faults.push(`${device}: ${number} came after ${last} without a gap`);
    this.#gapsAt.set(device, this.#gaps);
    this.#received = [...this.#received, { device, number, offset }];
  }
}

simulate(
  "what instances acknowledged is read once and in order, or is behind a gap, however often Redis comes back older",
  async (world) => {
    const at = await createRestartingRedis(redis);
    const crashes = world.chance(0.8);
    let started = 0;
    const start = () => startInstance(world, at, `SN${(started += 1)}`);
    const instances: Instance[] = [start(), start()];
    const all = [...instances];
    const reader = new Reader((device, number) => all.find(({ name }) => name === device)?.acknowledgementOf(number));
    const pick = () => instances[world.int(0, instances.length - 1)] ?? start();
    for (const instance of instances) instance.tick();
    await world.settle();
    // A reader that has never read has no position, and so misses nothing.
    void reader.read(pick());
    await world.settle();
    for (let step = 0; step < 30; step += 1) {
      const what = world.int(0, 11);
      if (what <= 4) void pick().sendNext();
      else if (what <= 6) void reader.read(pick());
      else if (what === 7) pick().tick();
      else if (what === 8) pick().cut();
      else if (what === 9) await at.save();
      else if (what === 10 && crashes) {
        for (const { cut } of instances) cut();
        await at.crash();
        if (world.chance(0.2)) {
          instances.shift()?.cut();
          const next = start();
          instances.push(next);
          all.push(next);
        }
      } else if (what === 11) world.advance(world.int(1, 4_000));
      await world.proceed(world.int(0, 8));
    }
    // One more event of each shows what may be missing before it.
    for (let round = 0; round < 3; round += 1) {
      for (const instance of instances) instance.tick();
      await world.settle();
    }
    expect(instances.map(({ isOpen }) => isOpen())).toEqual(instances.map(() => true));
    for (const instance of instances) {
      void instance.sendNext();
      await world.settle();
    }
    for (const instance of instances) {
      void reader.read(instance);
      await world.settle();
    }
    expect(reader.faults).toEqual([]);
    if (!crashes) expect([reader.gaps, reader.repeats], "gaps and repeats without a crash").toEqual([0, 0]);
    if (reader.gaps === 0)
      for (const { name, acknowledged } of all) expect(reader.lastOf(name)).toBeGreaterThanOrEqual(acknowledged());
  },
);
