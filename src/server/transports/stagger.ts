import { setTimeout } from "node:timers/promises";

export interface Stagger {
  /** How long each one adds to the whole, in milliseconds. */
  readonly eachMs: number;
  /** How long the whole may take. */
  readonly mostMs: number;
}

/** Clients that are sent away all at once come back all at once: a handful goes at once, hundreds and more go over some seconds. */
export const DRAIN_STAGGER: Stagger = { eachMs: 15, mostMs: 5_000 };

/** Does it to each, evenly spread over time. */
export const stagger = async <Item>(
  items: readonly Item[],
  { eachMs, mostMs }: Stagger,
  act: (item: Item) => void,
): Promise<void> => {
  const pause = Math.min(eachMs, mostMs / items.length);
  const begun = performance.now();
  for (const [index, item] of items.entries()) {
    const early = begun + index * pause - performance.now();
    if (early > 1) await setTimeout(early);
    act(item);
  }
};
