import type { SandboxClock } from "../clock.ts";
import type { SimCallback, SimEvent } from "../state.ts";
import { encodeDelivery } from "./message.ts";
import type { Poster, ReceiverReply } from "./post.ts";

const RETRY_SECONDS = [1, 2, 4, 8, 16];
const LAST_RETRY_SECONDS = 30;
const TIMEOUT_MS = 10_000;

/** Real time that a receiver always gets, because advancing the sandbox clock does not make the receiver faster. */
const GRACE_MS = 400;

/** Delivers the events of one device to one receiver: in order, one at a time, each until it is acknowledged. */
export interface EventQueue {
  readonly url: string;
  readonly waiting: readonly SimEvent[];
  /** Whether an event that failed at least once blocks the queue. */
  readonly isStuck: boolean;
  readonly nextRetry: number | null;
  readonly lastRequest: number | null;
  readonly lastReply: (ReceiverReply & { readonly time: number }) | null;
  readonly push: (event: SimEvent) => void;
  /** Retries a blocked event now. */
  readonly retryNow: () => void;
  readonly stop: () => void;
}

interface EventQueueOptions {
  readonly clock: SandboxClock;
  readonly random: () => number;
  readonly poster: Poster;
  /** Returns the current registration. */
  readonly callback: () => SimCallback | undefined;
  readonly url: string;
  /** Called after every attempt. */
  readonly onAttempt: (event: SimEvent, acknowledged: boolean) => void;
}

/** Creates an empty queue. */
export const createEventQueue = ({
  clock,
  random,
  poster,
  callback,
  url,
  onAttempt,
}: EventQueueOptions): EventQueue => {
  const waiting: SimEvent[] = [];
  let attempts = 0;
  let isStuck = false;
  let nextRetry: number | null = null;
  let lastRequest: number | null = null;
  let lastReply: EventQueue["lastReply"] = null;
  let inFlight: AbortController | undefined;
  let isStopped = false;
  let cancelRetry = () => {};

  const attempt = async (registration: SimCallback, event: SimEvent): Promise<ReceiverReply> => {
    const controller = new AbortController();
    inFlight = controller;
    lastRequest = clock.now();
    let graceTimer: NodeJS.Timeout | undefined;
    const cancelTimeout = clock.after(TIMEOUT_MS, () => {
      graceTimer = setTimeout(() => controller.abort(), GRACE_MS).unref();
    });
    const reply = await poster.post(encodeDelivery(registration, event, lastRequest, attempts), controller.signal);
    cancelTimeout();
    clearTimeout(graceTimer);
    inFlight = undefined;
    return reply;
  };

  const retryLater = () => {
    const seconds = RETRY_SECONDS[attempts - 1] ?? LAST_RETRY_SECONDS;
    const delay = seconds * 1000 * (0.8 + 0.4 * random());
    nextRetry = clock.now() + delay;
    cancelRetry = clock.after(delay, () => void deliver());
  };

  const deliver = async (): Promise<void> => {
    const [event] = waiting;
    const registration = callback();
    if (isStopped || inFlight !== undefined || event === undefined || registration === undefined) return;
    nextRetry = null;
    attempts += 1;
    const reply = await attempt(registration, event);
    if (isStopped) return;
    lastReply = { ...reply, time: clock.now() };
    isStuck = !reply.acknowledged;
    if (reply.acknowledged) {
      waiting.shift();
      attempts = 0;
    } else retryLater();
    onAttempt(event, reply.acknowledged);
    if (reply.acknowledged) void deliver();
  };

  return {
    url,
    waiting,
    get isStuck() {
      return isStuck;
    },
    get nextRetry() {
      return nextRetry;
    },
    get lastRequest() {
      return lastRequest;
    },
    get lastReply() {
      return lastReply;
    },
    push(event) {
      waiting.push(event);
      if (nextRetry === null) void deliver();
    },
    retryNow() {
      cancelRetry();
      nextRetry = null;
      void deliver();
    },
    stop() {
      isStopped = true;
      cancelRetry();
      inFlight?.abort();
    },
  };
};
