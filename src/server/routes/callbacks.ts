import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type IngressResult, MAX_CALLBACK_BYTES } from "../../events/ingress/callback.ts";
import type { Ingress } from "../../events/ingress/ingress.ts";
import { type Coding, codingsOf } from "../../runtime/compression.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createCallbackAge } from "./callback-age.ts";
import { createMemory, type MemoryShare, receiveBody } from "./callback-body.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { lineOf } from "../http/log-lines.ts";
import { CALLBACKS_PATH } from "../http/paths.ts";
import { sendJson, sendNotFound, sendText } from "../http/respond.ts";
import { createAddressCheck, type AddressCheckOptions } from "../http/client-address.ts";

/** Types of bodies that may hold events, whatever they hold. No device sends another type; an empty one, or any, says nothing. */
const CONTENT_TYPES = new RegExp(
  String.raw`^(application/(x-)?(json|[\w.-]+\+json|ndjson|jsonl|jsonlines|www-form-urlencoded|octet-stream)` +
    String.raw`|text/(plain|json)|multipart/form-data|json|\*/\*)?\s*([;,]|$)`,
  "i",
);
/** Total size of the bodies in memory: beyond it a burst waits at the gateway, which retries. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;
/** A gateway that has given up sends the event again: to acknowledge it later is of no use, and delays the next ones. */
const MAX_AGE_MS = 3_000;

const NO_CODINGS: readonly Coding[] = [];

/** What became of a callback: it may have been refused before its body was read. */
export type CallbackOutcome =
  | IngressResult
  | { readonly kind: "unknown_path" | "forbidden_source" | "unsupported_type" };

export interface CallbackReceiver {
  readonly ingress: Pick<Ingress, "receive" | "startDigest">;
  /** The part of the registered URL after CALLBACKS_PATH. */
  readonly callbackSecret: string;
}

export interface CallbackHandlerOptions {
  /** One receiver per account. */
  readonly receivers: readonly CallbackReceiver[];
  /** Maximum size of a body to be decoded. @default MAX_CALLBACK_BYTES */
  readonly maxBytes?: number;
  /** How long a callback may wait before it is stored, in milliseconds. @default MAX_AGE_MS */
  readonly maxAgeMs?: number;
  /** Allowed addresses. @default any address */
  readonly sources?: AddressCheckOptions;
  /** Counts what becomes of callbacks. @default nothing is counted */
  readonly count?: (outcome: CallbackOutcome) => void;
  readonly logger: Logger;
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | null => {
  const value = headers[name];
  return typeof value === "string" ? value : null;
};

/** The device that the query names, by a name in any case. */
const stgidIn = (search: URLSearchParams): string | null =>
  [...search].find(([name]) => name.toLowerCase() === "stgid")?.[1] ?? null;

/**
 * Creates the handler of callbacks. A path without a valid secret gets 404. The response is `{"status":"done"}` only after the
 * events are durable; if a retry can succeed, the response makes the gateway retry.
 */
export const createCallbackHandler = (options: CallbackHandlerOptions): Handle => {
  const {
    receivers,
    maxBytes = MAX_CALLBACK_BYTES,
    maxAgeMs = MAX_AGE_MS,
    sources,
    count = () => {},
    logger,
  } = options;
  const known = receivers.map(({ ingress, callbackSecret }) => ({ ingress, secret: Buffer.from(callbackSecret) }));
  const isAllowed = sources === undefined ? () => true : createAddressCheck(sources);
  const shareOf = createMemory(MAX_HELD_BYTES);
  const age = createCallbackAge(maxAgeMs);

  /** All secrets of its length are compared, so that the duration reveals nothing but the length. */
  const ingressAt = (path: string): CallbackReceiver["ingress"] | undefined => {
    const received = Buffer.from(path.slice(CALLBACKS_PATH.length));
    let found: CallbackReceiver["ingress"] | undefined;
    for (const { ingress, secret } of known) {
      if (secret.length === received.length && timingSafeEqual(secret, received)) found ??= ingress;
    }
    return found;
  };

  const retryLater = (context: HttpContext, retryAfterSeconds = RETRY_AFTER_SECONDS): void => {
    count({ kind: "retry", retryAfterSeconds });
    reject(context, 503, "CALLBACK_LATER", { "retry-after": retryAfterSeconds });
  };

  const receive = async (
    context: HttpContext,
    ingress: CallbackReceiver["ingress"],
    codings: readonly Coding[],
    memory: MemoryShare,
  ): Promise<void> => {
    const { request, search, startedAt } = context;
    const received = await receiveBody(request, {
      maxBytes,
      startDigest: ingress.startDigest,
      reserve: memory.reserve,
    });
    if (received === "aborted") return;
    if (received === "full" || age.isExceeded()) return retryLater(context);
    // A sender may take its time for the body.
    const end = age.begin();
    try {
      const outcome = await ingress.receive({
        contentType: headerOf(request, "content-type") ?? "",
        codings,
        headers: { signature: headerOf(request, "x-gateway-signature"), event: headerOf(request, "x-gateway-event") },
        stgid: stgidIn(search),
        body: received.body,
        oversized: received.oversized,
        receivedAt: startedAt,
        span: context.span,
      });
      if (outcome.kind === "retry") return retryLater(context, outcome.retryAfterSeconds);
      count(outcome);
      respond(context, outcome, logger);
    } finally {
      end();
    }
  };

  return async (context) => {
    const { request, path } = context;
    const ingress = ingressAt(path);
    if (ingress === undefined) {
      if (request.method === "POST" && isAllowed(request)) count({ kind: "unknown_path" });
      return sendNotFound(context);
    }
    if (request.method !== "POST") return reject(context, 405, "CALLBACK_METHOD", { allow: "POST" });
    if (!isAllowed(request)) {
      count({ kind: "forbidden_source" });
      return reject(context, 403, "CALLBACK_SOURCE");
    }
    const coding = headerOf(request, "content-encoding");
    const codings = coding === null ? NO_CODINGS : codingsOf(coding);
    const hasType = CONTENT_TYPES.test(headerOf(request, "content-type") ?? "");
    if (codings === null || !hasType) count({ kind: "unsupported_type" });
    if (codings === null) return reject(context, 415, "CALLBACK_ENCODING", { "accept-encoding": "gzip, deflate, br" });
    if (!hasType) return reject(context, 415, "CALLBACK_TYPE");
    if (age.isExceeded()) return retryLater(context);
    const memory = shareOf();
    try {
      // What a compressed body becomes is in memory beside it.
      const declared = Math.min(Number(request.headers["content-length"] ?? 0), maxBytes);
      if (!memory.reserve(codings.length === 0 ? declared : declared + maxBytes)) return retryLater(context);
      await receive(context, ingress, codings, memory);
    } catch (error) {
      logger.error({ ...lineOf(context), err: error }, "callback failed");
      retryLater(context);
    } finally {
      memory.release();
    }
  };
};

const respond = (
  context: HttpContext,
  outcome: Exclude<IngressResult, { readonly kind: "retry" }>,
  logger: Logger,
): void => {
  if (outcome.kind === "unauthenticated") return reject(context, 401, "CALLBACK_UNAUTHENTICATED");
  if (outcome.kind === "oversized") return reject(context, 413, "CALLBACK_TOO_LARGE");
  if (outcome.kind === "unreadable") {
    logger.warn({ ...lineOf(context), reason: outcome.reason }, "callback rejected");
    return reject(context, 400, "CALLBACK_UNREADABLE");
  }
  const { quarantined } = outcome;
  if (quarantined.length > 0) {
    const fields = { ...lineOf(context), count: quarantined.length, reason: quarantined[0] };
    logger.warn(fields, "callback quarantined");
  }
  sendText(context, 200, "application/json", '{"status":"done"}');
};

/** Sends a body of constant shape that no gateway takes for an acknowledgement. */
const reject = (
  context: HttpContext,
  status: number,
  code: string,
  headers: Readonly<Record<string, string | number>> = {},
): void => {
  context.note({ errorCodes: [code] });
  if (!context.response.headersSent) sendJson(context, status, { error: code }, headers);
};
