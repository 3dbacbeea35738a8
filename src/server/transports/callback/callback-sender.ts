import { setTimeout as pause } from "node:timers/promises";
import { type Outbound, OutboundError } from "../../../runtime/outbound.ts";

/** Delivery result: accepted, gone (the router does not know the subscription), rejected, or failed after all retries. */
export interface DeliveryResult {
  readonly kind: "accepted" | "gone" | "rejected" | "failed";
  /** For the log. */
  readonly reason: string;
}

/** A message to a router. */
export interface OutgoingMessage {
  readonly url: string;
  readonly body: Buffer;
  readonly signal: AbortSignal;
  /** Whether to retry on 404: a router may learn of a subscription a moment after it requested it. @default false */
  readonly retryNotFound?: boolean;
  /** Whether to send the message without retries. @default false */
  readonly singleAttempt?: boolean;
}

/** Timeouts and retries of messages to routers. */
export interface CallbackSenderTuning {
  /** Milliseconds that a router may take to respond to one message. */
  readonly responseTimeoutMs: number;
  /** About how many milliseconds to wait before each retry. */
  readonly retryDelaysMs: readonly number[];
}

/** Posts messages to routers; it does not reject. */
export type CallbackSender = (message: OutgoingMessage) => Promise<DeliveryResult>;

/** The result of one attempt, and whether a retry is pointless. */
interface AttemptResult extends DeliveryResult {
  readonly final: boolean;
}

const HEADERS = { "content-type": "application/json", "subscription-protocol": "callback/1.0" };

const resultOf = (status: number, retryNotFound: boolean): AttemptResult => {
  const reason = `status ${status}`;
  if (status >= 200 && status < 300) return { kind: "accepted", reason, final: true };
  if (status === 404) return { kind: "gone", reason, final: !retryNotFound };
  const isTransient = status >= 500 || status === 408 || status === 429;
  return isTransient ? { kind: "failed", reason, final: false } : { kind: "rejected", reason, final: true };
};

const resultOfError = ({ fault, message }: OutboundError): AttemptResult =>
  fault === "forbidden"
    ? { kind: "rejected", reason: message, final: true }
    : { kind: "failed", reason: message, final: fault === "aborted" };

/** Creates a sender that retries after transient failures. */
export const createCallbackSender = (
  outbound: Outbound,
  { responseTimeoutMs, retryDelaysMs }: CallbackSenderTuning,
): CallbackSender => {
  const attempt = async ({ url, body, signal, retryNotFound = false }: OutgoingMessage): Promise<AttemptResult> => {
    try {
      const status = await outbound.post({ url, headers: HEADERS, body, timeoutMs: responseTimeoutMs, signal });
      return resultOf(status, retryNotFound);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      return resultOfError(error);
    }
  };
  return async (message) => {
    for (const delayMs of message.singleAttempt === true ? [] : retryDelaysMs) {
      const { final, ...result } = await attempt(message);
      if (final) return result;
      const jittered = delayMs * (0.5 + Math.random() / 2);
      const waited = await pause(jittered, true, { signal: message.signal }).catch(() => false);
      if (!waited) return result;
    }
    const { final: _, ...result } = await attempt(message);
    return result;
  };
};
