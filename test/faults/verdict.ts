import type { FeedProgress } from "./gateway.ts";

/** An event as somebody outside got it. */
export interface News {
  readonly DeviceSN: string;
  /** Which punch of its device; null for an event of another kind. */
  readonly number: number | null;
  /** Whether it came with the warning that events before it are lost. */
  readonly gap: boolean;
}

export interface Verdict {
  readonly got: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Punches that came behind a later one of their device. */
  readonly outOfOrder: number;
  readonly gaps: number;
}

/**
 * Holds what somebody got against what the gateway saw acknowledged. Punches are told apart by their number; other events
 * of a device can only be counted.
 */
export const judge = (acknowledged: FeedProgress, news: readonly News[]): Verdict => {
  const byDevice = Map.groupBy(news, ({ DeviceSN }) => DeviceSN);
  let [lost, duplicated, outOfOrder] = [0, 0, 0];
  for (const { DeviceSN, punches, others, waiting } of acknowledged) {
    const got = byDevice.get(DeviceSN) ?? [];
    const seen = new Set<number>();
    let highest = 0;
    for (const { number } of got) {
      if (number === null) continue;
      if (seen.has(number)) duplicated += 1;
      else if (number < highest) outOfOrder += 1;
      seen.add(number);
      highest = Math.max(highest, number);
    }
    for (let number = 1; number <= punches - waiting; number += 1) if (!seen.has(number)) lost += 1;
    const surplus = got.filter(({ number }) => number === null).length - others;
    lost += Math.max(0, -surplus);
    duplicated += Math.max(0, surplus);
  }
  return { got: news.length, lost, duplicated, outOfOrder, gaps: news.filter(({ gap }) => gap).length };
};

export const isFlawless = ({ lost, duplicated, outOfOrder }: Verdict): boolean => lost + duplicated + outOfOrder === 0;
