import { encodeCursor } from "../cursor.ts";
import { compareOffsets } from "../offset.ts";
import type { LoggedEvent } from "../event.ts";
import type { EventLog } from "../log/log.ts";
import { cursorOfPrevious, findPreviousOffset } from "./previous-event.ts";
import { ReplayCache, type ReplayedEvent } from "./replay-cache.ts";
import {
  batchOf,
  type Delivery,
  type EventFilter,
  matchesFilter,
  type RenderedBatch,
  type SubscriptionSpec,
} from "./subscription-spec.ts";
import {
  consumeDeliveredTag,
  type DeliveryCounts,
  dropExpiredTags,
  firstDueIn,
  noteOwnCursor,
  prefixOf,
  renderAlone,
  renderEach,
  type RenderedPrefix,
  type Subscriber,
} from "./subscriber.ts";

export interface SharedSubscriptionOptions {
  readonly counts: DeliveryCounts;
  readonly spec: SubscriptionSpec;
  readonly log: EventLog;
  /** How far this process has read the log. */
  readonly reader: { readonly logId: string; readonly offset: string };
  readonly now: () => number;
  readonly maxWaiting: number;
  /** Called for a subscriber that is no longer live because its client, or the execution of the events, does not keep up. */
  readonly onBehind: (subscriber: Subscriber) => void;
  /** Called when an event could not be delivered to these subscribers. */
  readonly onFault: (error: unknown, subscribers: readonly Subscriber[]) => void;
}

interface WaitingEvent {
  readonly event: LoggedEvent;
  /** The offset that the event follows. */
  readonly before: string;
  /** The offset of the matching event before it; null if the log has to be searched for it. */
  readonly previous: string | null;
}

/** How many live events are executed and sent together. */
const MAX_BATCH = 64;

const greaterOf = (a: string, b: string): string => (compareOffsets(a, b) < 0 ? b : a);

/** Identical subscriptions, which execute each event once. Its subscribers are live, or they catch up from the log. */
export class SharedSubscription {
  readonly spec: SubscriptionSpec;
  readonly filter: EventFilter;
  readonly #options: SharedSubscriptionOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #live = new Set<Subscriber>();
  /** Empty unless several subscribers catch up. */
  readonly #replays: ReplayCache;
  /** Live events to execute; the first ones are being executed. */
  #waiting: WaitingEvent[] = [];
  #isExecuting = false;
  /** The offset of the matching event that was read last; null if none was read, or if events after it may be lost. */
  #previous: string | null = null;

  constructor(options: SharedSubscriptionOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.filter = options.spec.filter;
    this.#replays = new ReplayCache(options.spec);
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  /** Returns whether that was the last subscriber. */
  remove(subscriber: Subscriber): boolean {
    this.#subscribers.delete(subscriber);
    this.#live.delete(subscriber);
    this.#dropUnneededReplays();
    return this.#subscribers.size === 0;
  }

  /** Makes a subscriber live. */
  join(subscriber: Subscriber): void {
    this.#live.add(subscriber);
    this.#dropUnneededReplays();
  }

  /** Ends live delivery to a subscriber. It can continue from the log without a loss or a duplicate. */
  leave(subscriber: Subscriber): void {
    if (!this.#live.has(subscriber)) return;
    subscriber.offset = this.offsetOf(subscriber);
    this.#live.delete(subscriber);
  }

  live(): readonly Subscriber[] {
    return [...this.#live];
  }

  /** The offset up to which a subscriber was sent everything that it should receive. */
  offsetOf(subscriber: Subscriber): string {
    if (!this.#live.has(subscriber)) return subscriber.offset;
    return greaterOf(subscriber.offset, this.#waiting[0]?.before ?? this.#options.reader.offset);
  }

  /** Delivers an event to the live subscribers, with all others of this turn; `before` is the offset that it follows. */
  push(event: LoggedEvent, before: string): void {
    const previous = this.#previous;
    this.#previous = event.offset;
    if (this.#live.size === 0) return;
    if (this.#waiting.length >= this.#options.maxWaiting) {
      for (const subscriber of this.#live) this.#fallBehind(subscriber);
      this.#waiting = [];
      return;
    }
    this.#waiting.push({ event, before, previous });
    if (this.#isExecuting) return;
    this.#isExecuting = true;
    queueMicrotask(() => void this.#execute());
  }

  /** Events may be lost before the next one. */
  forgetPrevious(): void {
    this.#previous = null;
  }

  /** Executes events, each once for all subscribers that replay it at about the same time. Never rejects. */
  renderReplays(replayed: readonly ReplayedEvent[], logId: string): Promise<RenderedPrefix> {
    return this.#replays.render(replayed, logId, this.#catchingUp() > 1);
  }

  async #execute(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH);
      const [first] = batch;
      await this.#deliver(batch);
      // Otherwise its subscribers have fallen behind meanwhile, and others may wait.
      if (this.#waiting[0] === first) this.#waiting.splice(0, batch.length);
    }
    this.#isExecuting = false;
  }

  /** Delivers events that wait. Never rejects. */
  async #deliver(batch: readonly WaitingEvent[]): Promise<void> {
    const events = batch.map(({ event }) => event);
    const firstDueTo = firstDueIn(events);
    const tagged: Subscriber[] = [];
    const untagged: Subscriber[] = [];
    for (const subscriber of this.#live) {
      // It has caught up ahead of the reader.
      if (firstDueTo(subscriber) === events.length) continue;
      if (subscriber.deliveredTags !== null) dropExpiredTags(subscriber, this.#options.now());
      (subscriber.ownCursor !== null ? tagged : untagged).push(subscriber);
    }
    try {
      if (untagged.length > 0) this.#sendAll(untagged, events, await this.#render(batch));
    } catch (error) {
      this.#options.onFault(
        error,
        untagged.filter((each) => this.#live.has(each)),
      );
    }
    await Promise.all(tagged.map((subscriber) => this.#deliverTagged(subscriber, events)));
  }

  /** Executes events once for all subscribers without tags. */
  async #render(batch: readonly WaitingEvent[]): Promise<RenderedPrefix> {
    const { log, reader } = this.#options;
    const { logId } = reader;
    const search = { log, logId, matches: (each: LoggedEvent) => matchesFilter(this.filter, each) };
    const deliveries: Delivery[] = [];
    for (const [index, { event, before, previous }] of batch.entries()) {
      const known = previous !== null && previous === batch[index - 1]?.event.offset ? deliveries.at(-1)?.cursor : null;
      const previousCursor = known ?? cursorOfPrevious(logId, previous ?? (await findPreviousOffset(search, before)));
      const cursor = encodeCursor({ logId, offset: event.offset, deliveredTags: [] });
      deliveries.push({ event, cursor, previousCursor, replayed: false, gap: false });
    }
    return prefixOf(renderEach(this.spec, deliveries));
  }

  #sendAll(subscribers: readonly Subscriber[], events: readonly LoggedEvent[], rendered: RenderedPrefix): void {
    const firstDueTo = firstDueIn(events);
    const all = batchOf(rendered.events);
    for (const subscriber of subscribers) {
      if (!this.#live.has(subscriber)) continue;
      const first = firstDueTo(subscriber);
      const batch = first === 0 ? all : batchOf(rendered.events.slice(first));
      if (batch.events.length > 0) this.#send(subscriber, events, first, batch);
    }
    const { fault } = rendered;
    if (fault === null) return;
    const lacksEvents = (each: Subscriber) => this.#live.has(each) && firstDueTo(each) < events.length;
    this.#options.onFault(fault.error, subscribers.filter(lacksEvents));
  }

  /** Skips events that the subscriber has already from a snapshot, and keeps the remaining tags in its cursor. Never rejects. */
  async #deliverTagged(subscriber: Subscriber, events: readonly LoggedEvent[]): Promise<void> {
    try {
      for (const event of events) {
        if (!this.#isDue(subscriber, event)) continue;
        if (consumeDeliveredTag(subscriber, event)) {
          subscriber.offset = event.offset;
          continue;
        }
        const rendered = await renderAlone(subscriber, event, { previousCursor: null, replayed: false, gap: false });
        if (!this.#isDue(subscriber, event)) continue;
        if (this.#send(subscriber, [event], 0, batchOf([rendered]))) noteOwnCursor(subscriber, rendered);
      }
    } catch (error) {
      if (this.#live.has(subscriber)) this.#options.onFault(error, [subscriber]);
    }
  }

  /** Sends a batch, which begins with the event at `first`. Returns whether the client took all of it. */
  #send(subscriber: Subscriber, events: readonly LoggedEvent[], first: number, batch: RenderedBatch): boolean {
    const taken = subscriber.sink.send(batch);
    this.#options.counts.live += taken;
    subscriber.offset = events[first + taken - 1]?.offset ?? subscriber.offset;
    const isAll = taken === batch.events.length;
    if (!isAll) this.#fallBehind(subscriber);
    return isAll;
  }

  /** While an event was executed, its subscriber may have left, or have come back ahead of it. */
  #isDue(subscriber: Subscriber, event: LoggedEvent): boolean {
    return this.#live.has(subscriber) && compareOffsets(event.offset, subscriber.offset) > 0;
  }

  #fallBehind(subscriber: Subscriber): void {
    this.leave(subscriber);
    this.#options.onBehind(subscriber);
  }

  #catchingUp(): number {
    return this.#subscribers.size - this.#live.size;
  }

  #dropUnneededReplays(): void {
    if (this.#catchingUp() === 0) this.#replays.clear();
  }
}
