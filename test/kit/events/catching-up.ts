import { onTestFinished } from "vitest";
import { encodeCursor } from "../../../src/events/cursor.ts";
import { employeeCodeOf } from "../../../src/events/event.ts";
import { catchUp, type ReplayOptions } from "../../../src/events/hub/replay.ts";
import { ReplayCache } from "../../../src/events/hub/replay-cache.ts";
import type { Subscriber } from "../../../src/events/hub/subscriber.ts";
import type { Delivery, EventFilter, SubscriptionSpec } from "../../../src/events/hub/subscription-spec.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { EVERYTHING } from "./sinks.ts";

/** A delivery as a client reads it. */
type ReceivedDelivery = Omit<Delivery, "event"> & { readonly code: string | null };

const textOf = ({ event, ...delivery }: Delivery): string =>
  JSON.stringify({ code: employeeCodeOf(event), ...delivery } satisfies ReceivedDelivery);

export const createLog = (maxEvents = 100_000): EventLog =>
  createMemoryLog({ maxEvents, dedupeMs: 86_400_000, now: () => 0 });

/** The cursor at an offset, as subscribers without tags have it. */
export const cursorIn = (logId: string, offset: string): string => encodeCursor({ logId, offset, deliveredTags: [] });

interface Scene {
  readonly log: EventLog;
  readonly filter?: EventFilter;
  readonly subscriber?: Partial<Subscriber>;
  /** How many events each call of `send` takes; all, after these. */
  readonly takes?: readonly number[];
  readonly onRender?: (deliveries: readonly Delivery[]) => void;
  readonly onSend?: () => void;
  /** Called before each read, with its number. */
  readonly onRead?: (read: number) => Promise<void> | void;
  readonly onPause?: (pause: number) => Promise<void> | void;
  readonly now?: number;
}

/** One subscriber that catches up from the beginning of a log, or from where `subscriber` says. It joins at the end of the log. */
export const startCatchUp = async (scene: Scene) => {
  const { log, filter = EVERYTHING, takes = [], now = 0 } = scene;
  const received: ReceivedDelivery[] = [];
  const [limits, runs, joins, pauses]: [number[], number[], string[], number[]] = [[], [], [], []];
  const drains = { left: Infinity, asked: 0 };
  const counts = { live: 0, replayed: 0, gaps: 0 };
  const spec: SubscriptionSpec = {
    key: "spec",
    filter,
    async render(deliveries) {
      runs.push(deliveries.length);
      scene.onRender?.(deliveries);
      return deliveries.map((delivery) => Buffer.from(textOf(delivery)));
    },
  };
  let sends = 0;
  const { logId } = await log.bounds();
  const subscriber: Subscriber = {
    spec,
    sink: {
      send({ events }) {
        const taken = events.slice(0, takes[sends] ?? Infinity);
        sends += 1;
        scene.onSend?.();
        received.push(...taken.map(({ json }) => JSON.parse(json.toString()) as ReceivedDelivery));
        return taken.length;
      },
      async drained() {
        drains.asked += 1;
        drains.left -= 1;
        return drains.left >= 0;
      },
      checkpoint: () => {},
      complete: () => {},
      fail: () => {},
    },
    logId,
    offset: "0-0",
    gap: false,
    deliveredTags: null,
    ownCursor: null,
    tagsExpireAt: 0,
    stopped: false,
    ...scene.subscriber,
  };
  onTestFinished(() => void (subscriber.stopped = true));
  const cache = new ReplayCache(spec);
  const options: ReplayOptions = {
    counts,
    log: {
      ...log,
      async read(after, limit) {
        limits.push(limit);
        await scene.onRead?.(limits.length);
        return log.read(after, limit);
      },
    },
    renderShared: (each, events) => cache.render(events, each.logId, false),
    join(each) {
      joins.push(each.offset);
      return each.offset === latest.offset;
    },
    readCount: () => 40 + pauses.length,
    async nextRead(since) {
      pauses.push(since);
      await scene.onPause?.(pauses.length);
      latest.offset = (await log.bounds()).latest;
    },
    now: () => now,
  };
  const latest = { offset: (await log.bounds()).latest };
  const run = () => catchUp(subscriber, options);
  return { run, subscriber, received, limits, runs, joins, pauses, counts, drains, sends: () => sends, latest, logId };
};

export const codesOf = (received: readonly ReceivedDelivery[]) => received.map(({ code }) => Number(code));
