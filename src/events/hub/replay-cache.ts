import { encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import { prefixOf, renderEach, type RenderedPrefix } from "./subscriber.ts";
import type { RenderedEvent, SubscriptionSpec } from "./subscription-spec.ts";

/** An event of the history, and what comes before it. */
export interface ReplayedEvent {
  readonly event: LoggedEvent;
  readonly previousCursor: string | null;
}

/** How many executed events, and how many bytes of them, are kept for subscribers that replay them a little later. */
const [MAX_REPLAYS, MAX_BYTES] = [256, 512 * 1024] as const;

/** Events of the history that were executed for one subscriber, for others who replay them at about the same time. */
export class ReplayCache {
  readonly #spec: SubscriptionSpec;
  readonly #replays = new Map<string, Promise<RenderedEvent>>();
  /** The bytes of those that were executed. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(spec: SubscriptionSpec) {
    this.#spec = spec;
  }

  /** Executes those events that are not kept, in one run, and keeps them if they are `shared`. Never rejects. */
  render(replayed: readonly ReplayedEvent[], logId: string, shared: boolean): Promise<RenderedPrefix> {
    const kept = replayed.map(({ event }) => this.#replays.get(`${logId} ${event.offset}`));
    const missing = replayed.filter((_each, index) => kept[index] === undefined);
    const deliveries = missing.map(({ event, previousCursor }) => {
      const cursor = encodeCursor({ logId, offset: event.offset, deliveredTags: [] });
      return { event, cursor, previousCursor, replayed: true, gap: false };
    });
    const rendering = deliveries.length === 0 ? [] : renderEach(this.#spec, deliveries);
    if (shared) {
      for (const [index, rendered] of rendering.entries()) {
        this.#keep(`${logId} ${deliveries[index]?.event.offset}`, rendered);
      }
    }
    const rest = rendering.values();
    return prefixOf(kept.map((each) => each ?? rest.next().value).filter((each) => each !== undefined));
  }

  clear(): void {
    this.#replays.clear();
    this.#sizes.clear();
    this.#bytes = 0;
  }

  #keep(key: string, rendered: Promise<RenderedEvent>): void {
    this.#replays.set(key, rendered);
    const measure = ({ json }: RenderedEvent) => {
      if (this.#replays.get(key) !== rendered) return;
      this.#sizes.set(key, json.length);
      this.#bytes += json.length;
      this.#dropOldest();
    };
    // Waiting subscribers handle the rejection.
    rendered.then(measure, () => {});
    this.#dropOldest();
  }

  #dropOldest(): void {
    for (const key of this.#replays.keys()) {
      if (this.#replays.size <= MAX_REPLAYS && this.#bytes <= MAX_BYTES) return;
      this.#replays.delete(key);
      this.#bytes -= this.#sizes.get(key) ?? 0;
      this.#sizes.delete(key);
    }
  }
}
