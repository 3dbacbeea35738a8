import { Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { isGap } from "../../src/events/event.ts";
import { Knowledge } from "../../src/events/log/knowledge.ts";
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

/** An instance that takes the events of one device, each again until it is acknowledged. */
const startInstance = (world: World, at: RestartingRedis, name: string) => {
  const { client, cut, connect, isConnected } = connectTo(at, world);
  const run = createScriptBatcher({ redis: client.redis, waitReplicas: 0 });
  const knowledge = new Knowledge();
  const parts = { writer: client, reader: client, run, keys, knowledge, instance: name, logger };
  const limits = { maxEvents: 100_000, dedupeMs: 86_400_000 };
  const pause = (ms: number) => world.remote(() => world.advance(ms));
  const restorer = new Restorer({ ...parts, ...limits, pause, onOpen: () => {} });
  const store = createRedisStore({
    ...parts,
    ...limits,
    problem: () => restorer.problem(),
    onLost: () => restorer.suspect(),
    onAppended: () => {},
  });
  let acknowledged = 0;
  let isSending = false;
  const sendNext = async () => {
    if (isSending) return;
    isSending = true;
    try {
      await store.append([punchAt(name, acknowledged + 1)]);
      acknowledged += 1;
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
    acknowledged: () => acknowledged,
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

/** Reads the log after its own position, at whatever instance answers, and checks what it gets. */
class Reader {
  readonly faults: string[] = [];
  readonly #last = new Map<string, number>();
  /** How many gaps there were when a device was heard of last. */
  readonly #gapsAt = new Map<string, number>();
  #position: LogPosition = { logId: null, offset: "0-0" };
  #gaps = 0;
  #isReading = false;

  get gaps(): number {
    return this.#gaps;
  }

  lastOf(device: string): number {
    return this.#last.get(device) ?? 0;
  }

  async read({ store }: Instance): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const page = await store.read(this.#position, 100);
      if (page.gap) this.#gaps += 1;
      // Another log is read from its beginning, behind a gap; another epoch of the same log is not.
      const isOther = this.#position.logId !== null && logOf(this.#position.logId) !== logOf(page.bounds.logId);
      if (isOther && page.gap) this.#last.clear();
      for (const event of page.events) {
        if (isGap(event)) this.#gaps += 1;
        else this.#receive(event.DeviceSN, Number(event.key.split(":")[1]));
      }
      this.#position = { logId: page.bounds.logId, offset: page.end };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #receive(device: string, number: number): void {
    const last = this.lastOf(device);
    if (number <= last) this.faults.push(`${device}: ${number} came after ${last}`);
    const isBehindGap = this.#gaps > (this.#gapsAt.get(device) ?? 0);
    if (number > last + 1 && !isBehindGap) this.faults.push(`${device}: ${number} came after ${last} without a gap`);
    this.#gapsAt.set(device, this.#gaps);
    this.#last.set(device, number);
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
    const reader = new Reader();
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
    if (!crashes) expect(reader.gaps, "gaps without a crash").toBe(0);
    if (reader.gaps === 0)
      for (const { name, acknowledged } of all) expect(reader.lastOf(name)).toBeGreaterThanOrEqual(acknowledged());
  },
);
