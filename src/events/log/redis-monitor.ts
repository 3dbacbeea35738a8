import type { RedisClient } from "../../redis/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Notifier } from "./notifier.ts";
import type { RedisStore } from "./redis-store.ts";
import type { Restorer } from "./restore.ts";

export interface RedisMonitorOptions {
  readonly writer: RedisClient;
  readonly reader: RedisClient;
  readonly listener: RedisClient;
  readonly restorer: Restorer;
  readonly store: RedisStore;
  readonly notifier: Notifier;
  /** Subscribes to append notifications again if that failed before. */
  readonly ensureSubscribed: () => void;
  readonly logger: Logger;
}

/** The longest delay of a reader whose notification was lost, and of detecting that Redis works again. */
const TICK_MS = 1_000;
/** A tenth of the time after which an instance without a sign of life counts as gone. */
const HEARTBEAT_TICKS = 6;

const STOPPED = "The event log is stopped.";

/**
 * Watches the connections of a log: every second it checks what has a problem, wakes readers, and logs a change of
 * availability. States: starting, running, stopped.
 */
export class RedisMonitor {
  readonly #options: RedisMonitorOptions;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #ticks = 0;
  /** The problem that was logged last. */
  #loggedProblem: string | null = null;

  constructor(options: RedisMonitorOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  problem(): string | null {
    const { writer, reader, restorer } = this.#options;
    return this.#isStopped ? STOPPED : (writer.problem() ?? restorer.problem() ?? reader.problem());
  }

  /** Connects, and resolves when it is known whether Redis can be reached. */
  async start(): Promise<void> {
    const { writer, reader, listener } = this.#options;
    writer.redis.on("ready", () => void this.#checkWriter());
    reader.redis.on("ready", () => void this.checkReader());
    await Promise.all([writer, reader, listener].map((client) => client.start()));
    await this.#checkWriter();
    await this.checkReader();
    this.#logChange();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** Reads from the log, and wakes readers if that works. */
  checkReader(): Promise<void> {
    const { store, notifier } = this.#options;
    return store.bounds().then(
      () => notifier.notify(null),
      () => {},
    );
  }

  #checkWriter(): Promise<void> {
    return this.#options.restorer.check().then(() => this.#probe());
  }

  #probe(): Promise<void> {
    return this.#options.store.probe().catch(() => {});
  }

  #tick(): void {
    const { writer, reader, listener, restorer, notifier, ensureSubscribed } = this.#options;
    notifier.notify(null);
    ensureSubscribed();
    if (restorer.problem() !== null) void this.#checkWriter();
    else if (writer.problem() !== null) void this.#probe();
    else if (this.#ticks++ % HEARTBEAT_TICKS === 0) void restorer.heartbeat();
    if (reader.problem() !== null) void this.checkReader();
    // A connection that hangs is detected by a command that gets no answer.
    for (const { redis } of [writer, reader, listener]) redis.ping().catch(() => {});
    this.#logChange();
  }

  #logChange(): void {
    const { logger } = this.#options;
    const problem = this.problem();
    if (problem === this.#loggedProblem || this.#isStopped) return;
    this.#loggedProblem = problem;
    if (problem === null) logger.info({}, "the event log is available again");
    else logger.warn({ problem }, "the event log is not available");
  }
}
