import { compareOffsets, encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { EventLog } from "../log/log.ts";
import { cursorOfPrevious, findPreviousOffset } from "./previous-event.ts";
import { type EventFilter, matchesFilter, type RenderedEvent, type SubscriptionSpec } from "./subscription-spec.ts";
import {
  consumeDeliveredTag,
  type DeliveryCounts,
  dropExpiredTags,
  noteOwnCursor,
  render,
  renderAlone,
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

/** How many rendered events are kept for subscribers that replay them a little later. */
const MAX_REPLAYS = 256;

const greaterOf = (a: string, b: string): string => (compareOffsets(a, b) < 0 ? b : a);

/** Identical subscriptions, which execute each event once. Its subscribers are live, or they catch up from the log. */
export class SharedSubscription {
  readonly spec: SubscriptionSpec;
  readonly filter: EventFilter;
  readonly #options: SharedSubscriptionOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #live = new Set<Subscriber>();
  /** Events that were rendered for a replay. Empty unless several subscribers catch up. */
  readonly #replays = new Map<string, Promise<RenderedEvent>>();
  /** Live events to execute; the first one is being executed. */
  #waiting: WaitingEvent[] = [];
  #isExecuting = false;
  /** The offset of the matching event that was read last; null if none was read, or if events after it may be lost. */
  #previous: string | null = null;

  constructor(options: SharedSubscriptionOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.filter = options.spec.filter;
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

  /** Delivers an event to the live subscribers; `before` is the offset that it follows. */
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
    void this.#execute();
  }

  /** Events may be lost before the next one. */
  forgetPrevious(): void {
    this.#previous = null;
  }

  /** Renders an event once for all subscribers that replay it at about the same time. */
  renderReplay(event: LoggedEvent, logId: string, previousCursor: string | null): Promise<RenderedEvent> {
    const key = `${logId} ${event.offset}`;
    const cached = this.#replays.get(key);
    if (cached !== undefined) return cached;
    const cursor = encodeCursor({ logId, offset: event.offset, deliveredTags: [] });
    const rendered = render(this.spec, { event, cursor, previousCursor, replayed: true, gap: false });
    if (this.#catchingUp() > 1) this.#replays.set(key, rendered);
    const [oldest = key] = this.#replays.keys();
    if (this.#replays.size > MAX_REPLAYS) this.#replays.delete(oldest);
    return rendered;
  }

  async #execute(): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      const { event } = next;
      await this.#deliver(next).catch((error: unknown) => {
        this.#options.onFault(
          error,
          this.live().filter((subscriber) => this.#isDue(subscriber, event)),
        );
      });
      if (this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#isExecuting = false;
  }

  async #deliver({ event, before, previous }: WaitingEvent): Promise<void> {
    const { log, reader, now } = this.#options;
    const tagged: Subscriber[] = [];
    const untagged: Subscriber[] = [];
    for (const subscriber of this.#live) {
      // It has caught up ahead of the reader.
      if (!this.#isDue(subscriber, event)) continue;
      if (subscriber.deliveredTags.size > 0) dropExpiredTags(subscriber, now());
      (subscriber.ownCursor !== null ? tagged : untagged).push(subscriber);
    }
    const { logId } = reader;
    if (untagged.length > 0) {
      const search = { log, logId, matches: (each: LoggedEvent) => matchesFilter(this.filter, each) };
      const previousCursor = cursorOfPrevious(logId, previous ?? (await findPreviousOffset(search, before)));
      const cursor = encodeCursor({ logId, offset: event.offset, deliveredTags: [] });
      const rendered = await render(this.spec, { event, cursor, previousCursor, replayed: false, gap: false });
      for (const subscriber of untagged) this.#send(subscriber, event, rendered);
    }
    await Promise.all(tagged.map((subscriber) => this.#deliverTagged(subscriber, event)));
  }

  /** Skips an event that the subscriber has already from a snapshot, and keeps the remaining tags in its cursor. */
  async #deliverTagged(subscriber: Subscriber, event: LoggedEvent): Promise<void> {
    if (!this.#isDue(subscriber, event)) return;
    if (consumeDeliveredTag(subscriber, event)) {
      subscriber.offset = event.offset;
      return;
    }
    const rendered = await renderAlone(subscriber, event, { previousCursor: null, replayed: false, gap: false });
    if (this.#isDue(subscriber, event)) noteOwnCursor(subscriber, rendered);
    this.#send(subscriber, event, rendered);
  }

  #send(subscriber: Subscriber, event: LoggedEvent, rendered: RenderedEvent): void {
    if (!this.#isDue(subscriber, event)) return;
    subscriber.offset = event.offset;
    this.#options.counts.live += 1;
    if (!subscriber.sink.send(rendered)) this.#fallBehind(subscriber);
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
