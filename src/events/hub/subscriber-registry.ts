import { type Cursor, encodeCursor } from "../cursor.ts";
import { compareOffsets } from "../offset.ts";
import type { LoggedEvent } from "../event.ts";
import type { EventLog } from "../log/log.ts";
import type { LogReader } from "./log-reader.ts";
import { catchUp } from "./replay.ts";
import type { ReplayedEvent } from "./replay-cache.ts";
import { SharedSubscription } from "./shared-subscription.ts";
import { cursorAt, type DeliveryCounts, type RenderedPrefix, type Subscriber } from "./subscriber.ts";
import { createSubscriptionIndex } from "./subscription-index.ts";
import type { Sink, SubscriptionSpec } from "./subscription-spec.ts";

export interface SubscriberRegistryOptions {
  readonly counts: DeliveryCounts;
  readonly log: EventLog;
  readonly reader: LogReader;
  readonly now: () => number;
  readonly maxWaiting: number;
  readonly onFault: (error: unknown) => void;
}

/** How long tags of events from a snapshot are remembered. */
const TAGS_MS = 600_000;

/** All subscribers of the process: admits them, and moves each between catching up and live. */
export class SubscriberRegistry {
  readonly #options: SubscriberRegistryOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #shared = new Map<string, SharedSubscription>();
  readonly #index = createSubscriptionIndex<SharedSubscription>();

  constructor(options: SubscriberRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Admits a subscriber: to catch up after a cursor, or to be live from now on. */
  admit(spec: SubscriptionSpec, after: Cursor | null, sink: Sink): Subscriber {
    const { reader, now } = this.#options;
    const shared = this.#sharedFor(spec);
    const hasTags = after !== null && after.deliveredTags.length > 0;
    const subscriber: Subscriber = {
      spec: shared.spec,
      sink,
      logId: after?.logId ?? reader.logId,
      offset: after?.offset ?? reader.offset,
      gap: after?.gap ?? false,
      deliveredTags: hasTags ? new Set(after.deliveredTags) : null,
      ownCursor: hasTags ? encodeCursor(after) : null,
      tagsExpireAt: now() + TAGS_MS,
      stopped: false,
    };
    this.#subscribers.add(subscriber);
    shared.add(subscriber);
    if (after === null) {
      this.#join(subscriber);
      this.#checkpoint(subscriber);
    } else this.#startCatchUp(subscriber);
    return subscriber;
  }

  remove(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return;
    subscriber.stopped = true;
    this.#options.reader.release(subscriber);
    const shared = this.#shared.get(subscriber.spec.key);
    if (shared?.remove(subscriber) !== true) return;
    this.#shared.delete(subscriber.spec.key);
    this.#index.remove(shared);
  }

  removeAll(): void {
    for (const subscriber of this.#subscribers) this.remove(subscriber);
  }

  /** Delivers an event to the live subscribers that it matches; `before` is the offset that it follows. */
  deliver(event: LoggedEvent, before: string): void {
    for (const shared of this.#index.matching(event)) shared.push(event, before);
  }

  /** Live subscribers may have missed events: each finds out from the log which. */
  catchUpAll(isTailLost: boolean): void {
    for (const shared of this.#shared.values()) {
      shared.forgetPrevious();
      for (const subscriber of shared.live()) {
        shared.leave(subscriber);
        this.#startCatchUp(subscriber);
      }
    }
    if (isTailLost) for (const subscriber of this.#subscribers) subscriber.gap = true;
  }

  /** The cursor to resume from; null while a loss is not yet reported. */
  cursorOf(subscriber: Subscriber): string | null {
    if (subscriber.stopped || subscriber.gap) return null;
    const shared = this.#shared.get(subscriber.spec.key);
    return cursorAt(subscriber, shared?.offsetOf(subscriber) ?? subscriber.offset);
  }

  checkpointAll(): void {
    for (const subscriber of this.#subscribers) this.#checkpoint(subscriber);
  }

  #checkpoint(subscriber: Subscriber): void {
    const cursor = this.cursorOf(subscriber);
    if (cursor !== null) subscriber.sink.checkpoint(cursor);
  }

  #sharedFor(spec: SubscriptionSpec): SharedSubscription {
    const known = this.#shared.get(spec.key);
    if (known !== undefined) return known;
    const { log, reader, now, maxWaiting, counts } = this.#options;
    const shared = new SharedSubscription({
      counts,
      spec,
      log,
      reader,
      now,
      maxWaiting,
      onBehind: (subscriber) => this.#startCatchUp(subscriber),
      onFault: (error, subscribers) => this.#abandon(error, subscribers),
    });
    this.#shared.set(spec.key, shared);
    this.#index.add(shared);
    return shared;
  }

  #startCatchUp(subscriber: Subscriber): void {
    const { log, reader, now, counts } = this.#options;
    catchUp(subscriber, {
      counts,
      log,
      renderShared: (each, events) => this.#renderShared(each, events),
      join: (each) => this.#join(each),
      readCount: () => reader.readCount,
      nextRead: (since, each) => (each.stopped ? Promise.resolve() : reader.nextRead(since, each)),
      now,
    }).catch((error: unknown) => this.#abandon(error, [subscriber]));
  }

  #join(subscriber: Subscriber): boolean {
    const { reader } = this.#options;
    if (subscriber.logId !== reader.logId || compareOffsets(subscriber.offset, reader.offset) < 0) return false;
    this.#shared.get(subscriber.spec.key)?.join(subscriber);
    return true;
  }

  #renderShared(subscriber: Subscriber, events: readonly ReplayedEvent[]): Promise<RenderedPrefix> {
    const shared = this.#shared.get(subscriber.spec.key);
    if (shared === undefined) throw new Error("A subscriber must not outlive its shared subscription.");
    return shared.renderReplays(events, subscriber.logId);
  }

  /** A subscriber that cannot be served any more must not wait in silence. */
  #abandon(error: unknown, subscribers: readonly Subscriber[]): void {
    this.#options.onFault(error);
    for (const subscriber of subscribers) {
      this.remove(subscriber);
      subscriber.sink.fail();
    }
  }
}
