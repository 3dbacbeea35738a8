import type { ErrorCode } from "../../../error-codes.ts";
import type { Logger } from "../../../runtime/logger.ts";
import type { Outbound } from "../../../runtime/outbound.ts";
import type { AdmittedOperation } from "../../admission/admission.ts";
import type { Executor } from "../../execution/executor.ts";
import { handleOperation } from "../../execution/operation.ts";
import type { HttpContext } from "../../http/context.ts";
import { lineOf } from "../../http/log-lines.ts";
import type { GraphQLParams } from "../../http/request.ts";
import { sendGraphQLError, sendJson } from "../../http/respond.ts";
import type { AuthenticatedContext } from "../../identity/caller.ts";
import type { Expiry } from "../../identity/expiry.ts";
import type { Subscriptions } from "../../subscriptions/subscriptions.ts";
import { DRAIN_STAGGER, runStaggered, type Stagger } from "../stagger.ts";
import { type CompletionError, stoppingError } from "../stopping.ts";
import { checkMessage } from "./callback-message.ts";
import {
  type CallbackSender,
  type CallbackSenderTuning,
  createCallbackSender,
  type DeliveryResult,
} from "./callback-sender.ts";
import { CallbackSubscriber } from "./callback-subscriber.ts";
import { isCallbackRequest, parseSubscriptionRequest, type SubscriptionRequest } from "./subscription-request.ts";

/** Limits and timeouts of subscriptions by HTTP callback. */
export interface SubscriptionCallbackTuning extends CallbackSenderTuning {
  /** Bytes that may wait for a router that does not keep up. */
  readonly maxBufferedBytes: number;
  /** Open subscriptions of this process. */
  readonly maxSubscriptions: number;
  /** Bounds of the heartbeat interval that a router requests, in milliseconds. */
  readonly heartbeatMs: { readonly min: number; readonly max: number };
  /** Over how long subscriptions are ended when the server stops. */
  readonly stagger: Stagger;
  /** Milliseconds that messages in progress may take when the server stops. */
  readonly graceMs: number;
}

/** What subscriptions by HTTP callback need. */
export interface SubscriptionCallbackOptions extends Partial<SubscriptionCallbackTuning> {
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  readonly expiry: Expiry;
  readonly logger: Logger;
  /** Sends requests to routers; null if the protocol is off. */
  readonly outbound: Outbound | null;
}

/** The transport for subscriptions by HTTP callback. */
export interface SubscriptionCallbacks {
  /**
   * Responds to a subscription by the HTTP callback protocol, and resolves to false for any other request.
   *
   * @throws BadRequestError
   */
  readonly handle: (context: AuthenticatedContext, params: GraphQLParams) => Promise<boolean> | boolean;
  /** Returns the bytes that wait for routers. */
  readonly waiting: () => number;
  /** Accepts no more subscriptions, and asks the routers of the open ones to subscribe again, spread over time. */
  readonly stop: () => Promise<void>;
}

const PROTOCOL = { "subscription-protocol": "callback/1.0" };
/** Share of the heartbeat interval: some routers give up at the very moment at which it is over. */
const HEARTBEAT_SHARE = 0.75;

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const OFF: Refusal = {
  code: "CALLBACK_NOT_ALLOWED",
  message: "Subscriptions by HTTP callback are off; subscribe over WebSocket or server-sent events.",
};
const NOT_ALLOWED: Refusal = {
  code: "CALLBACK_NOT_ALLOWED",
  message: "The callback URL is not one of the allowed URLs.",
};
const EXISTS: Refusal = {
  code: "SUBSCRIPTION_EXISTS",
  message: "A subscription with this ID is open; use a unique ID for each subscription.",
};
const UNCONFIRMED: Refusal = {
  code: "CALLBACK_UNCONFIRMED",
  message: "The callback URL did not confirm the subscription.",
};

const EXPIRED: CompletionError = {
  message: "The caller's API key or token has expired or is revoked; subscribe again.",
  extensions: { code: "UNAUTHENTICATED" },
};
const STOPPING: Refusal = {
  code: "SERVER_STOPPING",
  message: stoppingError(null).message,
  headers: { "retry-after": "1" },
};

/** Subscriptions whose events are posted to a router, by its HTTP callback protocol, version 1.0. */
export const createSubscriptionCallbacks = ({
  executor,
  subscriptions,
  expiry,
  logger,
  outbound,
  responseTimeoutMs = 5_000,
  retryDelaysMs = [200, 1_000],
  maxBufferedBytes = 256 * 1024,
  maxSubscriptions = 10_000,
  heartbeatMs: bounds = { min: 1_000, max: 60_000 },
  stagger = { ...DRAIN_STAGGER, maxMs: 3_000 },
  graceMs = 6_000,
}: SubscriptionCallbackOptions): SubscriptionCallbacks => {
  const open = new Map<string, CallbackSubscriber>();
  let stopping = false;
  const send = outbound === null ? null : createCallbackSender(outbound, { responseTimeoutMs, retryDelaysMs });

  const refusalOf = (request: SubscriptionRequest): Refusal | null => {
    if (outbound === null) return OFF;
    if (!outbound.allows(request.url)) return NOT_ALLOWED;
    if (stopping) return STOPPING;
    if (open.has(request.id)) return EXISTS;
    if (open.size < maxSubscriptions) return null;
    const message = `This server may have at most ${maxSubscriptions} open subscriptions by HTTP callback; try again later.`;
    return { code: "TOO_MANY_SUBSCRIPTIONS", status: 503, message, headers: { "retry-after": "10" } };
  };

  const heartbeatOf = ({ heartbeatMs }: SubscriptionRequest): number =>
    heartbeatMs === 0 ? 0 : Math.min(Math.max(heartbeatMs, bounds.min), bounds.max) * HEARTBEAT_SHARE;

  const logRejection = (context: HttpContext, { url }: SubscriptionRequest, { reason }: DeliveryResult) =>
    logger.warn({ ...lineOf(context), router: new URL(url).origin, reason }, "router does not accept events");

  const subscribe = async (
    context: AuthenticatedContext,
    operation: AdmittedOperation,
    request: SubscriptionRequest,
    sender: CallbackSender,
  ): Promise<void> => {
    const { response, signal, identity } = context;
    let unwatch = () => {};
    const onEnd = (result: DeliveryResult | null) => {
      open.delete(request.id);
      unwatch();
      if (result !== null && result.kind !== "gone") logRejection(context, request, result);
    };
    const heartbeatMs = heartbeatOf(request);
    const subscriber = new CallbackSubscriber({ request, send: sender, maxBufferedBytes, heartbeatMs, onEnd });
    open.set(request.id, subscriber);
    try {
      // Throws the rejection before the router is called.
      await subscriptions.check(operation);
      if (signal.aborted) return subscriber.end();
      subscriber.attach(subscriptions.open(operation, subscriber.sink));
      unwatch = expiry.watch(identity, () => {
        unwatch();
        subscriber.cut(EXPIRED);
      });
    } catch (error) {
      subscriber.end();
      throw error;
    }
    const checked = await sender({ url: request.url, body: checkMessage(request), signal, retryNotFound: true });
    if (signal.aborted) return subscriber.end();
    if (checked.kind !== "accepted") {
      subscriber.end();
      logRejection(context, request, checked);
      return refuse(context, UNCONFIRMED);
    }
    // A router that did not receive the response would not know what to do with the events.
    response.once("close", () => (response.writableFinished ? subscriber.start() : subscriber.end()));
    sendJson(context, 200, { data: null }, PROTOCOL);
  };

  const receive = async (context: AuthenticatedContext, params: GraphQLParams): Promise<boolean> => {
    context.note({ transport: "callback" });
    let handled = true;
    await handleOperation(executor, params, context, {
      execute() {
        handled = false;
      },
      subscribe(operation) {
        const request = parseSubscriptionRequest(params);
        const refusal = refusalOf(request);
        if (refusal !== null || send === null) return refuse(context, refusal ?? OFF);
        return subscribe(context, operation, request, send);
      },
      reject: ({ body, status, headers: fields }) => sendJson(context, status, body, fields),
    });
    return handled;
  };

  return {
    handle(context, params) {
      const { method, headers } = context.request;
      return method === "POST" && isCallbackRequest(headers.accept, params) ? receive(context, params) : false;
    },
    waiting: () => [...open.values()].reduce((sum, subscriber) => sum + subscriber.waiting, 0),
    async stop() {
      stopping = true;
      const all = [...open.values()];
      const graceTimer = setTimeout(() => all.forEach((subscriber) => subscriber.end()), graceMs);
      await runStaggered(all, stagger, (subscriber) => subscriber.finish());
      await Promise.all(all.map(({ ended }) => ended));
      clearTimeout(graceTimer);
    },
  };
};

const refuse = (context: HttpContext, { code, message, ...options }: Refusal): void =>
  sendGraphQLError(context, code, message, options);
