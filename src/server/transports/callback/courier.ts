import { setTimeout as pause } from "node:timers/promises";
import { type Outbound, OutboundError } from "../../../runtime/outbound.ts";

/** What became of a message: taken; gone, the router knows no such subscription; refused; or lost, in spite of all attempts. */
export interface DeliveryResult {
  readonly kind: "taken" | "gone" | "refused" | "lost";
  /** For the log. */
  readonly why: string;
}

export interface OutgoingMessage {
  readonly url: string;
  readonly body: Buffer;
  readonly signal: AbortSignal;
  /** Whether a subscription that the router does not know yet may become known in a moment. */
  readonly early?: boolean;
  /** Whether it is sent once and no more. */
  readonly once?: boolean;
}

export interface CallbackSenderTuning {
  /** How long a router may take to answer one message. */
  readonly answerMs: number;
  /** About how long to wait before each further attempt. */
  readonly pausesMs: readonly number[];
}

/** Carries messages to routers; it does not reject. */
export type CallbackSender = (sending: OutgoingMessage) => Promise<DeliveryResult>;

const HEADERS = { "content-type": "application/json", "subscription-protocol": "callback/1.0" };

const isPassing = (status: number, early: boolean): boolean =>
  status >= 500 || status === 408 || status === 429 || (early && status === 404);

const ofStatus = (status: number): DeliveryResult => {
  const why = `status ${status}`;
  if (status >= 200 && status < 300) return { kind: "taken", why };
  return { kind: status === 404 ? "gone" : "refused", why };
};

export const createCallbackSender = (
  outbound: Outbound,
  { answerMs, pausesMs }: CallbackSenderTuning,
): CallbackSender => {
  const attempt = async ({
    url,
    body,
    signal,
    early = false,
  }: OutgoingMessage): Promise<DeliveryResult & { final: boolean }> => {
    try {
      const status = await outbound.post({ url, headers: HEADERS, body, timeoutMs: answerMs, signal });
      if (!isPassing(status, early)) return { ...ofStatus(status), final: true };
      return { kind: status === 404 ? "gone" : "lost", why: `status ${status}`, final: false };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const { fault, message } = error;
      if (fault === "forbidden") return { kind: "refused", why: message, final: true };
      return { kind: "lost", why: message, final: fault === "aborted" };
    }
  };
  return async (sending) => {
    for (const pauseMs of sending.once === true ? [] : pausesMs) {
      const { final, ...delivered } = await attempt(sending);
      if (final) return delivered;
      const waited = pause(pauseMs * (0.5 + Math.random() / 2), true, { signal: sending.signal }).catch(() => false);
      if (!(await waited)) return delivered;
    }
    const { final: _, ...delivered } = await attempt(sending);
    return delivered;
  };
};
