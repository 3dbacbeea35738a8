import { setTimeout } from "node:timers/promises";

/** How items are spread over time. */
export interface Stagger {
  /** Milliseconds between two items. */
  readonly intervalMs: number;
  /** Milliseconds that all items may take together; the interval shrinks to fit. */
  readonly maxMs: number;
}

/**
 * Clients that are all disconnected at once all reconnect at once: a handful is disconnected at once, hundreds and more are
 * disconnected over some seconds.
 */
export const DRAIN_STAGGER: Stagger = { intervalMs: 15, maxMs: 5_000 };

/** Calls `act` with each item, evenly spread over time. */
export const runStaggered = async <Item>(
  items: readonly Item[],
  { intervalMs, maxMs }: Stagger,
  act: (item: Item) => void,
): Promise<void> => {
  const interval = Math.min(intervalMs, maxMs / items.length);
  const start = performance.now();
  for (const [index, item] of items.entries()) {
    const waitMs = start + index * interval - performance.now();
    if (waitMs > 1) await setTimeout(waitMs);
    act(item);
  }
};
