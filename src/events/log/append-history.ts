import { compareOffsets } from "../offset.ts";

/** An event as it is stored. */
export interface StoredEvent {
  readonly key: string;
  readonly offset: string;
  readonly text: string;
}

interface KeptEvent extends StoredEvent {
  readonly logId: string;
  /** Milliseconds on a monotonic clock. */
  readonly at: number;
}

/** How far back Redis may forget: an fsync once a second, or the lag of a replica that became the master. */
const KEEP_MS = 5_000;
const KEEP_EVENTS = 20_000;
/** How many more are kept before the oldest are dropped, which copies all others. */
const PRUNE_EVENTS = 5_000;

/** The furthest of the positions that it is given. Offsets of different logs cannot be compared: the newest log counts. */
class HighWaterMark {
  #logId = "";
  #offset = "";

  move(logId: string, offset: string): void {
    if (logId === this.#logId && compareOffsets(offset, this.#offset) <= 0) return;
    [this.#logId, this.#offset] = [logId, offset];
  }

  /** As the scripts read it; empty before the first position. */
  text(): string {
    return this.#logId === "" ? "" : `${this.#logId} ${this.#offset}`;
  }
}

/**
 * What this instance knows of the log, to notice that Redis lost something: the events that it acknowledged last, which it can put
 * back, and how far the log reached.
 */
export class AppendHistory {
  #kept: KeptEvent[] = [];
  readonly #appended = new HighWaterMark();
  readonly #seen = new HighWaterMark();
  readonly #forgotten = new HighWaterMark();

  /** Remembers an event that is about to be acknowledged. */
  acknowledge(logId: string, key: string, offset: string, text: string): void {
    const at = performance.now();
    this.#kept.push({ key, offset, text, logId, at });
    this.#appended.move(logId, offset);
    this.#seen.move(logId, offset);
    if (this.#kept.length > KEEP_EVENTS + PRUNE_EVENTS || at - (this.#kept[0]?.at ?? at) > 2 * KEEP_MS) this.#prune();
  }

  /** Notes that the log reaches to an offset. */
  observe(logId: string, latest: string): void {
    this.#seen.move(logId, latest);
  }

  /** Forgets events that the log does not take back. */
  drop(events: readonly StoredEvent[]): void {
    const dropped = new Set(events);
    this.#kept = this.#kept.filter((event) => !dropped.has(event));
  }

  /** The acknowledged events that can be put back, oldest first. */
  remembered(): readonly StoredEvent[] {
    this.#prune();
    return this.#kept;
  }

  /** The position of the last event that this instance appended. */
  appended(): string {
    return this.#appended.text();
  }

  /** The position to which this instance has seen the log reach. */
  seen(): string {
    return this.#seen.text();
  }

  /** The position of the last acknowledged event that cannot be put back any more: the log must have it. */
  forgotten(): string {
    return this.#forgotten.text();
  }

  /** Age counts to the last append, not to now: nothing ages while Redis is away. */
  #prune(): void {
    const oldest = (this.#kept.at(-1)?.at ?? 0) - KEEP_MS;
    const tooMany = Math.max(0, this.#kept.length - KEEP_EVENTS);
    const kept: KeptEvent[] = [];
    for (const [index, event] of this.#kept.entries()) {
      if (index >= tooMany && event.at >= oldest) kept.push(event);
      else this.#forgotten.move(event.logId, event.offset);
    }
    this.#kept = kept;
  }
}
