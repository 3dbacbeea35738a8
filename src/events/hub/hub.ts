/**
 * Fans one reader of the log out to all subscribers of this process. A subscriber passes three phases:
 *
 * 1. History (`replay.ts`). It reads the log after its own offset, page by page, at the pace of its client. Subscribers of
 *    one shared subscription that replay the same event at about the same time have it executed once.
 * 2. Hand-over (`SubscriberRegistry`). After each page its offset is compared with the reader's. A subscriber that has
 *    everything that the reader has read becomes live. Comparison and change happen in one turn of the event loop, so that
 *    the reader cannot deliver an event between them: nothing is lost and nothing is sent twice. Otherwise the subscriber
 *    reads on; where it had nothing to read, it first waits for the reader's next read.
 * 3. Live (`LogReader`, `SharedSubscription`). The reader reads each event once. An index finds the shared subscriptions that
 *    it matches; each executes the event once and sends the result to its live subscribers.
 *
 * A live subscriber returns to history when its client does not keep up, when more than `maxWaiting` events wait for the
 * execution of its subscription, and when the reader finds that events may be gone. Its offset moves only together with a
 * send; that is what makes every return safe.
 */
import type { Cursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { EventLog } from "../log/log.ts";
import { LogReader } from "./log-reader.ts";
import { SubscriberRegistry } from "./subscriber-registry.ts";
import type { DeliveryCounts, Subscriber } from "./subscriber.ts";
import type { Sink, SubscriptionSpec } from "./subscription-spec.ts";

/** One subscriber of the hub, until it ends. */
export interface Subscription {
  /** The cursor to resume from without missing anything; null while the offset is unknown, or a loss is not yet reported. */
  readonly cursor: () => string | null;
  readonly end: () => void;
}

/** Fans one log reader out to all subscribers of this process. */
export interface Hub {
  /** Serves a sink, after a cursor or from now on: history, then live, without a seam, a loss or a duplicate. */
  readonly subscribe: (spec: SubscriptionSpec, after: Cursor | null, sink: Sink) => Subscription;
  /** When the newest event that was delivered, not recovered, was accepted, RFC 3339; null before the first. */
  readonly lastCallbackAt: () => string | null;
  readonly size: () => number;
  /** What was sent to subscribers since the start of the process. */
  readonly counts: () => Readonly<DeliveryCounts>;
  /** The offset of the last event that was read from the log; empty before the log was reached. */
  readonly offset: () => string;
  readonly stop: () => void;
}

export interface HubOptions {
  readonly log: EventLog;
  /** The monotonic clock in milliseconds. */
  readonly now: () => number;
  /** How often subscribers receive a fresh cursor, in milliseconds. @default 15_000 */
  readonly progressMs?: number;
  /** How many live events may wait for one subscription to be executed before its subscribers continue from the log. @default 1_000 */
  readonly maxWaiting?: number;
  /** Called for every event that is read, in order. */
  readonly onEvent?: (event: LoggedEvent) => void;
  /** Called when events may be missing among those that were read, and while the log cannot be read. */
  readonly onGap?: (() => void) | undefined;
  readonly onFault: (error: unknown) => void;
}

/** A class and not a closure: a closure would keep the spec of its own `admit` call in memory, and identical subscriptions share one. */
class AdmittedSubscription implements Subscription {
  readonly #registry: SubscriberRegistry;
  readonly #subscriber: Subscriber;

  constructor(registry: SubscriberRegistry, subscriber: Subscriber) {
    this.#registry = registry;
    this.#subscriber = subscriber;
  }

  cursor(): string | null {
    return this.#registry.cursorOf(this.#subscriber);
  }

  end(): void {
    this.#registry.remove(this.#subscriber);
  }
}

/** The longest delay of an event whose notification was lost, and of detecting a loss while nothing is appended. */
const CHECK_MS = 5_000;

/** Creates a hub that reads the log from its present end. While the log cannot be reached, subscribers wait. */
export const createHub = (options: HubOptions): Hub => {
  const { log, now, progressMs = 15_000, maxWaiting = 1_000, onEvent, onGap, onFault } = options;
  let lastCallbackAt: string | null = null;
  /** Admits the subscribers that came before the log was reached for the first time. */
  const pendingAdmissions = new Set<() => void>();

  const reader = new LogReader({
    log,
    onOpen() {
      onGap?.();
      for (const admit of pendingAdmissions) admit();
      pendingAdmissions.clear();
    },
    onEvent(event, before) {
      if (!event.recovered) lastCallbackAt = event.receivedAt;
      onEvent?.(event);
      registry.deliver(event, before);
    },
    // Each finds the entry in the log, and the next event that it is sent says that there is a gap.
    onGap() {
      onGap?.();
      registry.catchUpAll(false);
    },
    onDiscontinuity(isTailLost) {
      onGap?.();
      registry.catchUpAll(isTailLost);
    },
    onUnavailable: () => onGap?.(),
    onFault,
  });
  const counts: DeliveryCounts = { live: 0, replayed: 0, gaps: 0 };
  const registry = new SubscriberRegistry({ counts, log, reader, now, maxWaiting, onFault });

  const unlisten = log.onAppend((appended) => reader.notify(appended));
  const checkTimer = setInterval(() => reader.notify(), CHECK_MS).unref();
  const checkpointTimer = setInterval(() => registry.checkpointAll(), progressMs).unref();
  reader.notify();

  return {
    subscribe(spec, after, sink) {
      if (reader.isOpen) return new AdmittedSubscription(registry, registry.admit(spec, after, sink));
      let admitted: Subscription | undefined;
      const admit = () => {
        admitted = new AdmittedSubscription(registry, registry.admit(spec, after, sink));
      };
      pendingAdmissions.add(admit);
      return {
        cursor: () => admitted?.cursor() ?? null,
        end() {
          pendingAdmissions.delete(admit);
          admitted?.end();
        },
      };
    },
    lastCallbackAt: () => lastCallbackAt,
    size: () => registry.size + pendingAdmissions.size,
    counts: () => counts,
    offset: () => reader.offset,
    stop() {
      unlisten();
      clearInterval(checkTimer);
      clearInterval(checkpointTimer);
      pendingAdmissions.clear();
      registry.removeAll();
      reader.endRead();
    },
  };
};
