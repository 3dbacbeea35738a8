import type { Logger } from "../../runtime/logger.ts";
import { logKeysOf } from "../../redis/keys.ts";
import { type EventLog } from "./log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { createNotifier } from "./notifier.ts";
import { createScriptBatcher } from "../../redis/batch.ts";
import { COMMAND_MS, createRedisClient } from "../../redis/client.ts";
import { listenToChannel } from "../../redis/listener.ts";
import { warnIfNotPersistent } from "../../redis/persistence.ts";
import { createRestorer } from "./restore.ts";
import { createRedisStore } from "./redis-store.ts";
import { parseRedisUrl } from "../../config/redis-url.ts";

export interface RedisLogOptions {
  /** In a form of `parseRedisUrl`. Redis has to be 7.0 or newer. */
  readonly url: string;
  /** Whose events these are; every instance that serves the account gives the same. */
  readonly account: string;
  /** How many events are retained, at least; Redis drops them in blocks of about a hundred. */
  readonly maxEvents: number;
  /** How long a key is remembered after its last delivery: 24 hours or longer in production. */
  readonly dedupeMs: number;
  /** How many replicas have to have an event before it counts as durable; 0 where there are none. */
  readonly waitReplicas: number;
  readonly logger: Logger;
}

/** How late a subscriber may be whose nudge was lost, and how late it is found out that Redis is well again. */
const TICK_MS = 1_000;

const ROLES = ["append", "read", "nudge"] as const;

/**
 * Starts a log in Redis, on three connections of its own: for appends, for reads, for nudges. Resolves as soon as it is known
 * whether Redis can be reached, and goes on trying for ever where it cannot. An event is as durable as Redis makes it: with
 * `appendonly` it survives the process of Redis, with `waitReplicas` its machine. Throws RedisUrlError.
 */
export const startRedisLog = async (options: RedisLogOptions): Promise<EventLog> => {
  const keys = logKeysOf(options.account);
  const target = parseRedisUrl(options.url);
  const connect = (role: (typeof ROLES)[number]) =>
    createRedisClient({ target, key: keys.events, name: `portico-${role}`, store: "event log" });
  const [writer, reader, listener] = [connect("append"), connect("read"), connect("nudge")];
  const clients = [writer, reader, listener];
  const run = createScriptBatcher({ redis: writer.redis, waitReplicas: options.waitReplicas });
  const nudger = createNotifier();
  const restorer = createRestorer({ ...options, writer, run, keys, onOpen: () => void look() });
  const store = createRedisStore({
    ...options,
    writer,
    reader,
    run,
    keys,
    closed: restorer.closed,
    onStored: restorer.remember,
  });
  const subscription = listenToChannel(listener.redis, keys.channel, nudger.notify);
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;
  let told: string | null = null;

  const trouble = () => (stopped ? STOPPED : (writer.problem() ?? restorer.closed() ?? reader.problem()));

  const tell = () => {
    const now = trouble();
    if (now === told || stopped) return;
    told = now;
    if (now === null) options.logger.info({}, "the event log is available again");
    else options.logger.warn({ trouble: now }, "the event log is not available");
  };

  const probe = () => store.probe().catch(() => {});
  const check = () => restorer.check().then(probe);
  const look = () => store.bounds().then(nudger.notify, () => {});
  const tick = () => {
    nudger.notify();
    subscription.keep();
    if (restorer.closed() !== null) void check();
    else if (writer.problem() !== null) void probe();
    if (reader.problem() !== null) void look();
    // A connection that hangs is found out by a command that gets no answer.
    for (const { redis } of clients) redis.ping().catch(() => {});
    tell();
  };

  writer.redis.on("ready", () => void check());
  reader.redis.on("ready", () => void look());
  await Promise.all(clients.map(({ start }) => start()));
  await check();
  await look();
  if (options.waitReplicas === 0) void warnIfNotPersistent(writer.redis, options.logger);
  tell();
  const timer = setInterval(tick, TICK_MS);

  const whileRunning =
    <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (stopped) throw new StoreUnavailableError("event log", STOPPED);
      const running = work(...args);
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    };

  return {
    append: whileRunning(store.append),
    read: whileRunning(store.read),
    bounds: whileRunning(store.bounds),
    offsetsOf: whileRunning(store.offsetsOf),
    onAppend: nudger.onNotify,
    quarantine: whileRunning(store.quarantine),
    quarantined: whileRunning(store.quarantined),
    release: whileRunning(store.release),
    problem: trouble,
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      nudger.stop();
      await Promise.race([
        Promise.allSettled(underWay),
        new Promise((resolve) => setTimeout(resolve, COMMAND_MS).unref()),
      ]);
      await Promise.all(clients.map((client) => client.stop()));
    },
  };
};

const STOPPED = "The event log is stopped.";
