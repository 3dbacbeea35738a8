import { GraphQLError, OperationTypeNode } from "graphql";
import type { Logger } from "../../../runtime/logger.ts";
import type { Outbound } from "../../../runtime/outbound.ts";
import type { AdmittedOperation } from "../../admission/admission.ts";
import type { Executor } from "../../execution/executor.ts";
import type { HttpContext } from "../../http/context.ts";
import type { AuthenticatedContext } from "../../identity/caller.ts";
import type { Expiry } from "../../identity/expiry.ts";
import type { Subscriptions } from "../../subscriptions/subscriptions.ts";
import { OperationRejected } from "../../admission/rejected.ts";
import type { GraphQLParams } from "../../http/request.ts";
import { sendGraphQLError, sendJson } from "../../http/respond.ts";
import { DRAIN_STAGGER, type Stagger, stagger } from "../stagger.ts";
import {
  type CallbackSender,
  type CallbackSenderTuning,
  createCallbackSender,
  type DeliveryResult,
} from "./courier.ts";
import { checkMessage, type Reason } from "./letter.ts";
import { createCallbackSubscriber, type CallbackSubscriber } from "./subscriber.ts";
import { asksForCallbacks, parseSubscriptionRequest, type SubscriptionRequest } from "./wish.ts";

export interface SubscriptionCallbackTuning extends CallbackSenderTuning {
  readonly maxBufferedBytes: number;
  /** How many subscriptions at once. */
  readonly maxSubscriptions: number;
  readonly heartbeatMs: { readonly least: number; readonly most: number };
  /** Over how long subscriptions are ended when the server stops. */
  readonly spread: Stagger;
  /** How long the messages that are under way may take once the server stops. */
  readonly graceMs: number;
}

export interface SubscriptionCallbackOptions extends Partial<SubscriptionCallbackTuning> {
  readonly engine: Executor;
  readonly live: Subscriptions;
  readonly expiry: Expiry;
  readonly logger: Logger;
  /** The way to routers; null: the protocol is off. */
  readonly outbound: Outbound | null;
}

export interface SubscriptionCallbacks {
  /** Answers a request of the protocol, and tells whether it was one. Throws BadRequest. */
  readonly answer: (exchange: AuthenticatedContext, params: GraphQLParams) => Promise<boolean>;
  /** Takes no more subscriptions, and tells the routers of those there are to subscribe again, spread over time. */
  readonly stop: () => Promise<void>;
}

const PROTOCOL = { "subscription-protocol": "callback/1.0" };
/** Part of the interval: some routers give up at the very moment at which it is over. */
const EARLY = 0.75;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const OFF: Refusal = {
  status: 403,
  code: "CALLBACK_NOT_ALLOWED",
  message: "Subscriptions by HTTP callback are off here: subscribe over WebSocket or server-sent events.",
};
const NOT_ALLOWED: Refusal = {
  status: 403,
  code: "CALLBACK_NOT_ALLOWED",
  message: "The callback URL is none of those that are allowed here.",
};
const EXISTS: Refusal = {
  status: 409,
  code: "SUBSCRIPTION_EXISTS",
  message: "There is a subscription of this id: give each its own.",
};
const UNCONFIRMED: Refusal = {
  status: 502,
  code: "CALLBACK_UNCONFIRMED",
  message: "The callback URL did not confirm the subscription.",
};

const EXPIRED: Reason = {
  message: "What the caller was known by has expired or is revoked: subscribe again.",
  extensions: { code: "UNAUTHENTICATED" },
};
const STOPPING: Reason = {
  message: "This server stops: subscribe again.",
  extensions: { code: "SERVER_STOPPING" },
};

/** Subscriptions whose events are posted to a router: its HTTP callback protocol, version 1.0. */
export const createSubscriptionCallbacks = ({
  engine,
  live,
  expiry,
  logger,
  outbound,
  answerMs = 5_000,
  pausesMs = [200, 1_000],
  maxBufferedBytes = 256 * 1024,
  maxSubscriptions = 10_000,
  heartbeatMs = { least: 1_000, most: 60_000 },
  spread: over = { ...DRAIN_STAGGER, mostMs: 3_000 },
  graceMs = 6_000,
}: SubscriptionCallbackOptions): SubscriptionCallbacks => {
  const open = new Map<string, CallbackSubscriber>();
  let stopping = false;
  const courier = outbound === null ? null : createCallbackSender(outbound, { answerMs, pausesMs });

  const refusalOf = (wish: SubscriptionRequest): Refusal | null => {
    if (outbound === null) return OFF;
    if (!outbound.allows(wish.url)) return NOT_ALLOWED;
    if (stopping)
      return { status: 503, code: "SERVER_STOPPING", message: STOPPING.message, headers: { "retry-after": "1" } };
    if (open.has(wish.id)) return EXISTS;
    if (open.size < maxSubscriptions) return null;
    const message = `At most ${maxSubscriptions} subscriptions by callback here at once.`;
    return { status: 503, code: "TOO_MANY_SUBSCRIPTIONS", message, headers: { "retry-after": "10" } };
  };

  const beatOf = ({ heartbeatMs: wished }: SubscriptionRequest): number =>
    wished === 0 ? 0 : Math.min(Math.max(wished, heartbeatMs.least), heartbeatMs.most) * EARLY;

  const tell = ({ id }: HttpContext, { url }: SubscriptionRequest, { why }: DeliveryResult) =>
    logger.warn({ requestId: id, router: new URL(url).origin, why }, "a router takes no events");

  const subscribe = async (
    exchange: AuthenticatedContext,
    admitted: AdmittedOperation,
    wish: SubscriptionRequest,
    carry: CallbackSender,
  ): Promise<void> => {
    const { response, signal, identity } = exchange;
    let unwatch = () => {};
    const onEnd = (delivered: DeliveryResult | null) => {
      open.delete(wish.id);
      unwatch();
      if (delivered !== null && delivered.kind !== "gone") tell(exchange, wish, delivered);
    };
    const subscriber = createCallbackSubscriber({
      wish,
      courier: carry,
      maxBufferedBytes,
      heartbeatMs: beatOf(wish),
      onEnd,
    });
    open.set(wish.id, subscriber);
    try {
      // Throws what refuses it, before the router is asked anything.
      subscriber.attach(live.open(admitted, subscriber.sink));
      unwatch = expiry.watch(identity, () => {
        unwatch();
        subscriber.cut(EXPIRED);
      });
    } catch (error) {
      subscriber.end();
      throw error;
    }
    const checked = await carry({ url: wish.url, body: checkMessage(wish), signal, early: true });
    if (signal.aborted) return subscriber.end();
    if (checked.kind !== "taken") {
      subscriber.end();
      tell(exchange, wish, checked);
      return refuse(exchange, UNCONFIRMED);
    }
    // Whoever did not hear of it would not know what to do with its events.
    response.once("close", () => (response.writableFinished ? subscriber.start() : subscriber.end()));
    sendJson(exchange, 200, { data: null }, PROTOCOL);
  };

  return {
    async answer(exchange, params) {
      const { method, headers } = exchange.request;
      if (method !== "POST" || !asksForCallbacks(headers.accept, params)) return false;
      try {
        const admitted = engine.admission.admit(params, exchange);
        const { operation } = admitted;
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return false;
        exchange.note({ operationType: "subscription", operationName: operation.name?.value.slice(0, 64) });
        const wish = parseSubscriptionRequest(params);
        const refusal = refusalOf(wish);
        if (refusal !== null || courier === null) refuse(exchange, refusal ?? OFF);
        else await subscribe(exchange, admitted, wish, courier);
      } catch (error) {
        if (!(error instanceof GraphQLError || error instanceof OperationRejected)) throw error;
        const errors = error instanceof OperationRejected ? error.errors : [error];
        const { body, status, headers } = engine.finish({ errors }, exchange, {});
        sendJson(exchange, status, body, headers);
      }
      return true;
    },
    async stop() {
      stopping = true;
      const all = [...open.values()];
      const late = setTimeout(() => all.forEach(({ end }) => end()), graceMs);
      await stagger(all, over, ({ finish }) => finish(STOPPING));
      await Promise.all(all.map(({ ended }) => ended));
      clearTimeout(late);
    },
  };
};

const refuse = (exchange: HttpContext, { status, code, message, headers }: Refusal): void =>
  sendGraphQLError(exchange, status, code, message, headers);
