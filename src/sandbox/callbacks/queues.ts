import type { CallbackHealth, CallbackQueues, Gateway } from "../handler.ts";
import type { SimCallback, SimEvent } from "../state.ts";
import { statusEvent, deviceStatusOf } from "../status.ts";
import { toGmt } from "../time.ts";
import { createCounts } from "./counts.ts";
import { createPoster } from "./post.ts";
import { createEventQueue, type EventQueue } from "./queue.ts";

type QueueStatus = CallbackHealth["QueueStatus"];

const toGmtOrNull = (ms: number | null): string | null => (ms === null ? null : toGmt(ms));

const isFor = (callback: SimCallback, DeviceSN: string): boolean =>
  callback.Active && (callback.DeviceSN === null || callback.DeviceSN.includes(DeviceSN));

/** Ranks a blocked queue above a busy one: the one that an operator wants to see first. */
const urgency = (queue: EventQueue): number => (queue.isStuck ? 2 : queue.waiting.length > 0 ? 1 : 0);

const isAboutQueue = (event: SimEvent): boolean => event["Reason"] === "QueueStuck";

/**
 * Delivers events over HTTP. A blocked queue degrades its device; receivers are notified once when that begins and once when
 * it ends. Delays of such a notification are not reported themselves; otherwise a slow receiver would never catch up.
 */
export const createCallbackQueues = ({
  world,
  clock,
  random,
  newId,
}: Pick<Gateway, "world" | "clock" | "random" | "newId">): CallbackQueues => {
  const byDevice = new Map<string, Map<string, EventQueue>>();
  const poster = createPoster();
  const counts = createCounts(world, () => clock.now());
  const reportedStuck = new Set<string>();

  const queuesOf = (DeviceSN: string): EventQueue[] => [...(byDevice.get(DeviceSN)?.values() ?? [])];

  const queueStatus = (DeviceSN: string): QueueStatus => {
    const highest = Math.max(0, ...queuesOf(DeviceSN).map(urgency));
    return highest === 2 ? "Stuck" : highest === 1 ? "Processing" : "Idle";
  };

  const reportStuck = (DeviceSN: string, isStuck: boolean) => {
    const device = world.devices.get(DeviceSN);
    if (device === undefined || reportedStuck.has(DeviceSN) === isStuck) return;
    if (isStuck) reportedStuck.add(DeviceSN);
    else reportedStuck.delete(DeviceSN);
    const PreviousStatus = deviceStatusOf(device, isStuck ? "Idle" : "Stuck");
    const change = { PreviousStatus, Reason: "QueueStuck", QueueStatus: queueStatus(DeviceSN) };
    emit(statusEvent(device, newId("evt"), clock.now(), change));
  };

  const handleAttempt = (event: SimEvent, acknowledged: boolean) => {
    const { DeviceSN } = event;
    counts.count(DeviceSN, acknowledged ? "Pushed" : "Failed");
    if (isAboutQueue(event) && !reportedStuck.has(DeviceSN)) return;
    reportStuck(
      DeviceSN,
      queuesOf(DeviceSN).some((queue) => queue.isStuck),
    );
  };

  const queueFor = (url: string, DeviceSN: string): EventQueue => {
    const queues = byDevice.get(DeviceSN) ?? new Map<string, EventQueue>();
    byDevice.set(DeviceSN, queues);
    const known = queues.get(url);
    if (known !== undefined) return known;
    const callback = () => world.callbacks.get(url);
    const queue = createEventQueue({ clock, random, poster, callback, url, onAttempt: handleAttempt });
    queues.set(url, queue);
    return queue;
  };

  const emit = (event: SimEvent): void => {
    counts.count(event.DeviceSN, "Received");
    for (const callback of world.callbacks.values()) {
      if (!isFor(callback, event.DeviceSN) || !callback.Events.includes(event.Event)) continue;
      queueFor(callback.CallbackURL, event.DeviceSN).push(event);
    }
  };

  return {
    emit,
    restart(DeviceSN) {
      const stuck = queuesOf(DeviceSN).filter(({ isStuck }) => isStuck);
      for (const queue of stuck) queue.retryNow();
      return stuck.reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
    drop(CallbackURL) {
      for (const [DeviceSN, queues] of byDevice) {
        queues.get(CallbackURL)?.stop();
        queues.delete(CallbackURL);
        if (reportedStuck.has(DeviceSN))
          reportStuck(
            DeviceSN,
            queuesOf(DeviceSN).some(({ isStuck }) => isStuck),
          );
      }
    },
    health(DeviceSN) {
      const queues = queuesOf(DeviceSN);
      const [first] = queues.toSorted((a, b) => urgency(b) - urgency(a));
      const registered = [...world.callbacks.values()].find((callback) => isFor(callback, DeviceSN));
      const reply = first?.lastReply ?? null;
      const queued = queues.reduce((sum, { waiting }) => sum + waiting.length, 0);
      return {
        QueueStatus: queueStatus(DeviceSN),
        NextRetryTime: toGmtOrNull(first?.nextRetry ?? null),
        LastRequest: toGmtOrNull(first?.lastRequest ?? null),
        LastResponse:
          reply === null ? null : { HttpStatus: reply.HttpStatus, Body: reply.Body, Time: toGmt(reply.time) },
        CallbackURL: first?.url ?? registered?.CallbackURL ?? null,
        Today: counts.today(DeviceSN, queued),
      };
    },
    stop() {
      for (const queues of byDevice.values()) for (const queue of queues.values()) queue.stop();
      poster.close();
    },
  };
};
