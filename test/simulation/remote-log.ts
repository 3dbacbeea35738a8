import { employeeCodeOf, type LoggedEvent } from "../../src/events/event.ts";
import type { Appended, EventLog } from "../../src/events/log/log.ts";
import { createMemoryLog } from "../../src/events/log/memory-log.ts";
import { StoreUnavailableError } from "../../src/redis/errors.ts";
import { numbered } from "../kit/events/numbered.ts";
import type { World } from "./world.ts";

/** A log of numbered events that answers when the seed chooses, and everything that a checker has to know of it. */
export interface RemoteLog {
  readonly log: EventLog;
  /** Whether it drops old events, and may be replaced by an empty one. */
  readonly isLosing: boolean;
  /** Appends the next events. */
  readonly append: (count: number) => Promise<void>;
  readonly setReachable: (reachable: boolean) => void;
  /** Puts an empty log in its place, as a flush does. */
  readonly replace: () => void;
  readonly notify: () => void;
  /** The number of the event at an offset; at the beginning of a log, that of the last event before it began. */
  readonly numberAt: (offset: string, logId?: string) => number;
  /** All numbers that were appended between two others. */
  readonly numbersBetween: (after: number, before: number) => readonly number[];
  /** The numbers that can still be read. */
  readonly retained: () => readonly number[];
  readonly fault: (fault: string) => void;
  readonly faults: () => readonly string[];
}

/** Creates an empty log. */
export const createRemoteLog = (world: World, isLosing: boolean): RemoteLog => {
  const maxEvents = isLosing ? world.pick([4, 12, 60]) : 1_000_000;
  const listeners = new Set<(appended: Appended) => void>();
  const notify = () => {
    for (const listener of listeners) listener({ runs: [], latest: null });
  };
  const create = () => createMemoryLog({ maxEvents, dedupeMs: 86_400_000, now: world.now });
  const numbers = new Map<string, number>();
  /** The last number before each log began. */
  const begins = new Map<string, number>();
  const faults: string[] = [];
  let inner = create();
  let reachable = true;
  let appended = 0;
  let begin = 0;
  let retained: readonly number[] = [];
  const noteBegin = () => {
    const number = (begin = appended);
    void inner.bounds().then(({ logId }) => begins.set(logId, number));
  };
  noteBegin();

  const remote = <Value>(work: () => Promise<Value>): Promise<Value> =>
    world.remote(() => {
      if (!reachable) throw new StoreUnavailableError("event log", "it is out of reach.");
      return work();
    });

  return {
    log: {
      ...inner,
      read: (after, limit) => remote(() => inner.read(after, limit)),
      readBack: (before, limit) => remote(() => inner.readBack(before, limit)),
      bounds: () => remote(() => inner.bounds()),
      onAppend(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    isLosing,
    async append(count) {
      const events = Array.from({ length: count }, (_, index) => numbered(appended + index + 1));
      for (const [index, { offset }] of (await inner.append(events)).entries())
        numbers.set(offset, appended + index + 1);
      appended += count;
      retained = (await inner.readBack(null, maxEvents)).map(numberOf).toReversed();
      if (world.chance(0.8)) notify();
    },
    setReachable(value) {
      reachable = value;
    },
    replace() {
      // Offsets begin with the time: those of the next log differ.
      world.advance(1);
      inner = create();
      noteBegin();
      retained = [];
      notify();
    },
    notify,
    numberAt: (offset, logId = "") => numbers.get(offset) ?? begins.get(logId) ?? begin,
    numbersBetween: (after, before) =>
      Array.from({ length: Math.max(0, before - after - 1) }, (_, index) => after + index + 1),
    retained: () => retained,
    fault: (fault) => void faults.push(fault),
    faults: () => faults,
  };
};

const numberOf = (event: LoggedEvent): number => Number(employeeCodeOf(event));
