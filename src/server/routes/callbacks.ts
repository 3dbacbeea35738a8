import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Ingress, IngressResult } from "../../events/ingress/ingress.ts";
import type { Logger } from "../../runtime/logger.ts";
import { readBody } from "../http/body.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { sendJson, sendNotFound, sendText } from "../http/respond.ts";
import { createAddressCheck, type AddressCheckOptions } from "../http/client-address.ts";

/** Callbacks come to this path and their secret behind it. */
export const CALLBACKS_PATH = "/callbacks/";

const TYPES = /^(application\/(json|[\w.-]+\+json|x-www-form-urlencoded)|text\/(plain|json))\s*(;|$)/i;
/** Bodies held at a time, together: beyond that a burst waits at the gateway, not in our memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;

export interface CallbackReceiver {
  readonly ingress: Pick<Ingress, "receive">;
  /** What stands behind CALLBACKS_PATH in the URL that is registered. */
  readonly callbackSecret: string;
}

export interface CallbackHandlerOptions {
  /** Who takes callbacks. */
  readonly receivers: readonly CallbackReceiver[];
  readonly maxBytes?: number;
  /** Where callbacks may come from; left out: from anywhere. */
  readonly sources?: AddressCheckOptions;
  readonly logger: Logger;
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

const headerOf = ({ headers }: IncomingMessage, name: string): string | null => {
  const value = headers[name];
  return typeof value === "string" ? value : null;
};

/**
 * Receives callbacks over HTTP. Without the secret the path does not exist. `{"status":"done"}` is sent when the events are
 * durable and never else; what a retry can cure is answered so that the gateway retries.
 */
export const createCallbackHandler = (options: CallbackHandlerOptions): Handle => {
  const { receivers, maxBytes = 1024 * 1024, sources, logger } = options;
  const known = receivers.map(({ ingress, callbackSecret }) => ({ ingress, digest: hash(callbackSecret) }));
  const isAllowed = sources === undefined ? () => true : createAddressCheck(sources);
  let heldBytes = 0;

  /** All are compared, so that the time it takes tells nothing. */
  const ingressAt = (path: string): CallbackReceiver["ingress"] | undefined => {
    const digest = hash(path.slice(CALLBACKS_PATH.length));
    return known.filter((each) => timingSafeEqual(each.digest, digest))[0]?.ingress;
  };

  const receive = async (exchange: HttpContext, ingress: CallbackReceiver["ingress"]): Promise<void> => {
    const { request, search, startedAt } = exchange;
    const body = await readBody(request, maxBytes).catch(() => undefined);
    if (body === undefined) return;
    if (body === null) return refuse(exchange, 413, "CALLBACK_TOO_LARGE");
    const outcome = await ingress.receive({
      contentType: headerOf(request, "content-type") ?? "",
      headers: { signature: headerOf(request, "x-gateway-signature"), event: headerOf(request, "x-gateway-event") },
      stgid: search.get("stgid"),
      body,
      receivedAt: startedAt,
    });
    answer(exchange, outcome, logger);
  };

  return async (exchange) => {
    const { request, path, id } = exchange;
    const ingress = ingressAt(path);
    if (ingress === undefined) return sendNotFound(exchange);
    if (request.method !== "POST") return refuse(exchange, 405, "CALLBACK_METHOD", { allow: "POST" });
    if (!isAllowed(request)) return refuse(exchange, 403, "CALLBACK_SOURCE");
    if ((headerOf(request, "content-encoding") ?? "identity") !== "identity")
      return refuse(exchange, 415, "CALLBACK_ENCODING");
    if (!TYPES.test(headerOf(request, "content-type") ?? "text/plain")) return refuse(exchange, 415, "CALLBACK_TYPE");
    const bytes = Math.min(Number(request.headers["content-length"] ?? maxBytes), maxBytes);
    if (heldBytes + bytes > MAX_HELD_BYTES) return later(exchange, RETRY_AFTER_SECONDS);
    heldBytes += bytes;
    try {
      await receive(exchange, ingress);
    } catch (error) {
      logger.error({ err: error, requestId: id }, "callback failed");
      later(exchange, RETRY_AFTER_SECONDS);
    } finally {
      heldBytes -= bytes;
    }
  };
};

const answer = (exchange: HttpContext, outcome: IngressResult, logger: Logger): void => {
  if (outcome.kind === "unauthenticated") return refuse(exchange, 401, "CALLBACK_UNAUTHENTICATED");
  if (outcome.kind === "retry") return later(exchange, outcome.retryAfterSeconds);
  if (outcome.kind === "unreadable") {
    logger.warn({ requestId: exchange.id, reason: outcome.reason }, "callback refused");
    return refuse(exchange, 400, "CALLBACK_UNREADABLE");
  }
  const { quarantined } = outcome;
  if (quarantined.length > 0) {
    const facts = { requestId: exchange.id, count: quarantined.length, reason: quarantined[0] };
    logger.warn(facts, "callback put into quarantine");
  }
  sendText(exchange, 200, "application/json", '{"status":"done"}');
};

const later = (exchange: HttpContext, seconds: number): void =>
  refuse(exchange, 503, "CALLBACK_LATER", { "retry-after": seconds });

/** A body of always the same shape, that no gateway takes for an acknowledgement. */
const refuse = (
  exchange: HttpContext,
  status: number,
  code: string,
  headers: Readonly<Record<string, string | number>> = {},
): void => {
  exchange.note({ errorCodes: [code] });
  if (!exchange.response.headersSent) sendJson(exchange, status, { error: code }, headers);
};
