import type { FeedProgress } from "./gateway.ts";

/** An event as a client received it. */
export interface ReceivedEvent {
  readonly DeviceSN: string;
  /** The number of the punch on its device; null for an event of another kind. */
  readonly number: number | null;
  /** Whether it has the warning that events before it are lost. */
  readonly gap: boolean;
}

export interface Verdict {
  readonly received: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Punches that arrived after a later one of their device. */
  readonly outOfOrder: number;
  readonly gaps: number;
}

/**
 * Compares what a client received with what the gateway saw acknowledged. Punches are identified by their number; other events
 * of a device can only be counted.
 */
export const judge = (acknowledged: FeedProgress, events: readonly ReceivedEvent[]): Verdict => {
  const byDevice = Map.groupBy(events, ({ DeviceSN }) => DeviceSN);
  let [lost, duplicated, outOfOrder] = [0, 0, 0];
  for (const { DeviceSN, punches, others, waiting } of acknowledged) {
    const received = byDevice.get(DeviceSN) ?? [];
    const numbers = new Set<number>();
    let highest = 0;
    for (const { number } of received) {
      if (number === null) continue;
      if (numbers.has(number)) duplicated += 1;
      else if (number < highest) outOfOrder += 1;
      numbers.add(number);
      highest = Math.max(highest, number);
    }
    for (let number = 1; number <= punches - waiting; number += 1) if (!numbers.has(number)) lost += 1;
    const surplus = received.filter(({ number }) => number === null).length - others;
    lost += Math.max(0, -surplus);
    duplicated += Math.max(0, surplus);
  }
  return { received: events.length, lost, duplicated, outOfOrder, gaps: events.filter(({ gap }) => gap).length };
};

export const isFlawless = ({ lost, duplicated, outOfOrder }: Verdict): boolean => lost + duplicated + outOfOrder === 0;
