import type { Sink } from "../../../events/hub/subscription-spec.ts";
import type { Subscription } from "../../../events/hub/hub.ts";
import type { CallbackSender, DeliveryResult } from "./courier.ts";
import { checkMessage, completeMessage, nextMessage, type Reason } from "./letter.ts";
import type { SubscriptionRequest } from "./wish.ts";

export interface CallbackSubscriberOptions {
  readonly wish: SubscriptionRequest;
  readonly courier: CallbackSender;
  /** How much may wait for a router that does not keep up. */
  readonly maxBufferedBytes: number;
  /** How often the router hears that it lives, 0: never. */
  readonly heartbeatMs: number;
  /** Told once, with what ended it if that was the router. */
  readonly onEnd: (delivered: DeliveryResult | null) => void;
}

/** One subscription of a router. What is sent to it waits until it was started, and leaves one by one. */
export interface CallbackSubscriber {
  readonly sink: Sink;
  readonly attach: (subscription: Subscription) => void;
  readonly start: () => void;
  /** Sends what waits, then tells why nothing more comes. */
  readonly finish: (reason: Reason) => void;
  /** Drops what waits, and tells why nothing more comes. */
  readonly cut: (reason: Reason) => void;
  /** Sends nothing more, and gives up what is under way. */
  readonly end: () => void;
  readonly ended: Promise<void>;
}

const INTERRUPTED: Reason = {
  message: "This subscription cannot go on here: subscribe again.",
  extensions: { code: "SUBSCRIPTION_INTERRUPTED" },
};

export const createCallbackSubscriber = (options: CallbackSubscriberOptions): CallbackSubscriber => {
  const { wish, courier, maxBufferedBytes, heartbeatMs, onEnd } = options;
  const { url } = wish;
  const over = new AbortController();
  const { signal } = over;
  const { promise: ended, resolve: settleEnd } = Promise.withResolvers<void>();
  const waiting: Buffer[] = [];
  let bytes = 0;
  let [started, busy, closing, checking] = [false, false, false, false];
  let subscription: Subscription | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let whenDrained = (_hasRoom: boolean): void => {};
  let draining: Promise<boolean> | undefined;

  const settleDrained = (hasRoom: boolean) => {
    whenDrained(hasRoom);
    draining = undefined;
  };

  const end = (delivered: DeliveryResult | null) => {
    if (signal.aborted) return;
    over.abort();
    clearInterval(heartbeat);
    subscription?.end();
    settleDrained(false);
    onEnd(delivered);
    settleEnd();
  };

  /** A router that could not be reached for a while may be reached again: it need not wait for a heartbeat in vain. */
  const fail = async (delivered: DeliveryResult) => {
    if (delivered.kind === "lost" && !signal.aborted) {
      await courier({ url, body: completeMessage(wish, INTERRUPTED), signal, once: true });
    }
    end(delivered);
  };

  const run = async () => {
    for (let [body] = waiting; body !== undefined; [body] = waiting) {
      const delivered = await courier({ url, body, signal });
      if (signal.aborted) return;
      if (delivered.kind !== "taken") return fail(delivered);
      waiting.shift();
      bytes -= body.length;
    }
    busy = false;
    if (closing) return end(null);
    settleDrained(true);
  };

  const pump = () => {
    if (!started || busy || signal.aborted) return;
    busy = true;
    void run();
  };

  const put = (body: Buffer) => {
    waiting.push(body);
    bytes += body.length;
    pump();
  };

  const close = (reason: Reason | null) => {
    if (closing || signal.aborted) return;
    closing = true;
    subscription?.end();
    settleDrained(false);
    put(completeMessage(wish, reason));
  };

  const check = async () => {
    if (checking) return;
    checking = true;
    const delivered = await courier({ url, body: checkMessage(wish), signal });
    checking = false;
    if (delivered.kind !== "taken" && !signal.aborted) await fail(delivered);
  };

  const wait = () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    whenDrained = resolve;
    return promise;
  };

  return {
    sink: {
      send({ json }) {
        if (closing || signal.aborted) return false;
        put(nextMessage(wish, json));
        return bytes < maxBufferedBytes;
      },
      drained() {
        if (closing || signal.aborted) return Promise.resolve(false);
        return draining ?? (bytes < maxBufferedBytes ? Promise.resolve(true) : (draining = wait()));
      },
      // The protocol has no word for it.
      checkpoint: () => {},
      complete: () => close(null),
      fail: () => close(INTERRUPTED),
    },
    attach(served) {
      subscription = served;
      if (closing || signal.aborted) served.end();
    },
    start() {
      started = true;
      if (heartbeatMs > 0 && !signal.aborted) heartbeat = setInterval(() => void check(), heartbeatMs);
      pump();
    },
    finish(reason) {
      const cursor = subscription?.cursor() ?? null;
      close(cursor === null ? reason : { ...reason, extensions: { ...reason.extensions, cursor } });
    },
    cut(reason) {
      if (closing) return end(null);
      // The first one may be on its way.
      waiting.splice(busy ? 1 : 0);
      bytes = waiting.reduce((sum, body) => sum + body.length, 0);
      close(reason);
    },
    end: () => end(null),
    ended,
  };
};
