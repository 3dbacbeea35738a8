import { randomUUID } from "node:crypto";
import type { Logger } from "../../runtime/logger.ts";
import { logKeysOf } from "../../redis/keys.ts";
import { isOffset } from "../offset.ts";
import type { EventLog } from "./log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { createNotifier } from "./notifier.ts";
import { createScriptBatcher } from "../../redis/batch.ts";
import { COMMAND_MS, createRedisClient } from "../../redis/client.ts";
import { listenToChannel } from "../../redis/listener.ts";
import { watchSettings } from "../../redis/settings.ts";
import { AppendHistory } from "./append-history.ts";
import { Restorer } from "./restore.ts";
import { RedisMonitor } from "./redis-monitor.ts";
import { createRedisStore } from "./redis-store.ts";
import type { RedisTarget } from "../../config/redis-url.ts";

export interface RedisLogOptions {
  /** Redis has to be 7.0 or newer. */
  readonly target: RedisTarget;
  /** The account of the events; every instance that serves the account passes the same name. */
  readonly account: string;
  /** How many events are retained, at least; Redis drops them in blocks of about a hundred. */
  readonly maxEvents: number;
  /** How long a key is remembered after its last delivery, in milliseconds: 24 hours or longer in production. */
  readonly dedupeMs: number;
  /** How many replicas have to have an event before it counts as durable; 0 without replicas. */
  readonly waitReplicas: number;
  /** Replaces the values of secrets in text. @default nothing is replaced */
  readonly scrub?: (text: string) => string;
  readonly logger: Logger;
}

/** The connections of a log: for appends, for reads, for append notifications. */
const ROLES = ["append", "read", "notify"] as const;

/**
 * Starts a log in Redis, on three connections of its own. Resolves when it is known whether Redis can be reached, and keeps
 * trying indefinitely if it cannot. An event is as durable as Redis makes it: with `appendonly` it survives the process of
 * Redis, with `waitReplicas` its machine.
 */
export const startRedisLog = async (options: RedisLogOptions): Promise<EventLog> => {
  const { target, logger, waitReplicas } = options;
  const keys = logKeysOf(options.account);
  const connect = (role: (typeof ROLES)[number]) =>
    createRedisClient({ target, key: keys.events, name: `portico-${role}`, store: "event log" });
  const [writer, reader, listener] = [connect("append"), connect("read"), connect("notify")];
  const run = createScriptBatcher({ redis: writer.redis, waitReplicas });
  const notifier = createNotifier();
  const history = new AppendHistory();
  const instance = randomUUID();
  const parts = { ...options, writer, run, keys, history, instance };
  const restorer = new Restorer({ ...parts, onOpen: () => void monitor.checkReader() });
  const inFlight = new Set<Promise<unknown>>();
  /** The script that was sent last, until it is answered. */
  let appending: Promise<unknown> | null = null;
  const track = <Result>(running: Promise<Result>): Promise<Result> => {
    const end = () => {
      inFlight.delete(running);
      if (appending === running) appending = null;
    };
    inFlight.add(running);
    appending = running;
    // Those whose calls are traced wait for the answer itself.
    running.then(end, end);
    return running;
  };
  const store = createRedisStore({
    ...parts,
    reader,
    problem: () => restorer.problem(),
    onLost: () => restorer.suspect(),
    onAppended: notifier.pass,
    track,
  });
  const { ensureSubscribed, isSubscribed } = listenToChannel(listener.redis, keys.channel, (message) => {
    const latest = message !== null && isOffset(message) ? message : null;
    const notify = () => notifier.notify(latest);
    // It may be what this instance has just appended: then the answer passes it on, and there is nothing to read.
    if (latest === null || appending === null) notify();
    else appending.then(notify, notify);
  });
  const monitor = new RedisMonitor({ writer, reader, listener, restorer, store, notifier, ensureSubscribed, logger });

  const settings = watchSettings(writer.redis, logger, { appendOnly: waitReplicas === 0 });
  await monitor.start();

  const whileRunning =
    <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (monitor.isStopped) throw new StoreUnavailableError("event log", "it is stopped.");
      const running = work(...args);
      inFlight.add(running);
      try {
        return await running;
      } finally {
        inFlight.delete(running);
      }
    };

  return {
    append: (events, span, texts) =>
      monitor.isStopped
        ? Promise.reject(new StoreUnavailableError("event log", "it is stopped."))
        : store.append(events, span, texts),
    read: whileRunning(store.read),
    readBack: whileRunning(store.readBack),
    bounds: whileRunning(store.bounds),
    length: whileRunning(store.length),
    offsetsOf: whileRunning(store.offsetsOf),
    onAppend: notifier.onNotify,
    quarantine: whileRunning(store.quarantine),
    quarantined: whileRunning(store.quarantined),
    release: whileRunning(store.release),
    unreadable: store.unreadable,
    problem: () => monitor.problem(),
    isNotified: isSubscribed,
    warnings: settings.warnings,
    async stop() {
      if (monitor.isStopped) return;
      monitor.stop();
      settings.stop();
      notifier.stop();
      await Promise.race([
        Promise.allSettled(inFlight),
        new Promise((resolve) => setTimeout(resolve, COMMAND_MS).unref()),
      ]);
      await restorer.leave();
      await Promise.all([writer, reader, listener].map((client) => client.stop()));
    },
  };
};
