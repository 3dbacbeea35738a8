import { encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import { prefixOf, renderEach, type RenderedPrefix } from "./subscriber.ts";
import type { RenderedEvent, SubscriptionSpec } from "./subscription-spec.ts";

/** An event of the history, and what comes before it. */
export interface ReplayedEvent {
  readonly event: LoggedEvent;
  readonly previousCursor: string | null;
}

/** How many executed events are kept for subscribers that replay them a little later. */
const MAX_REPLAYS = 256;

/** Events of the history that were executed for one subscriber, for others who replay them at about the same time. */
export class ReplayCache {
  readonly #spec: SubscriptionSpec;
  readonly #replays = new Map<string, Promise<RenderedEvent>>();

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
        this.#replays.set(`${logId} ${deliveries[index]?.event.offset}`, rendered);
      }
      for (const oldest of this.#replays.keys()) if (this.#replays.size > MAX_REPLAYS) this.#replays.delete(oldest);
    }
    const rest = rendering.values();
    return prefixOf(kept.map((each) => each ?? rest.next().value).filter((each) => each !== undefined));
  }

  clear(): void {
    this.#replays.clear();
  }
}
