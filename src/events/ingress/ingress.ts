import type { Hmac } from "node:crypto";
import { type CallbackDelivery, type IngressResult, MAX_CALLBACK_BYTES } from "./callback.ts";
import { type CallbackTokens, startDigest } from "./credentials.ts";
import { createSenderCheck, digestOf, maySend, onlyDeviceOf } from "./sender.ts";
import { decodePayload } from "./decode/body.ts";
import { decodeBody } from "./decode/classify.ts";
import { type DecodeResult, isRejected, type OffsetAt, type RejectedItem } from "./decode/delivery.ts";
import { textOf } from "../../contract/text.ts";
import { serialNumber, shortText } from "./decode/members.ts";
import { decompress, type Decompressed } from "../../runtime/compression.ts";
import type { SpanOptions, TraceSpan } from "../../runtime/tracing.ts";
import { keptText, keptValue } from "../../runtime/sanitize.ts";
import type { NewEvent } from "../event.ts";
import { type EventLog, MAX_QUARANTINED } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";

export interface Ingress {
  /** Begins the digest of a body that is received in parts; null if bodies are not signed. */
  readonly startDigest: (() => Hmac) | null;
  /** Stores a delivery. Resolves when everything in the body that can be kept is durable, or nothing is. */
  readonly receive: (delivery: CallbackDelivery) => Promise<IngressResult>;
  /** Decodes a quarantined body again, and releases it on success; null if the quarantine does not have it. */
  readonly replay: (id: string) => Promise<IngressResult | null>;
}

export interface IngressOptions {
  readonly log: EventLog;
  readonly tokens: CallbackTokens;
  /** Replaces the values of secrets in JSON or text. */
  readonly scrub: (text: string) => string;
  /** If given, every body of version 3 has to be signed. @default null */
  readonly signingSecret?: string | null;
  /** If given, every body has to be encrypted with this key of 32 characters. @default null */
  readonly securityKey?: string | null;
  /** The zones of devices, as far as they are known. @default no zone is known */
  readonly offsetAt?: OffsetAt;
  /** Called with each event of a body when it is durable, before the body is acknowledged. */
  readonly onAppended?: (event: NewEvent) => void;
  /** Whether the secret in the path is enough for bodies that carry no token. */
  readonly pathAuthenticates: boolean;
}

const RETRY_AFTER_SECONDS = 5;
const EVENTS_PER_APPEND = 500;
const MAX_QUARANTINED_PER_BODY = 50;
const MAX_NAME = 128;

const UNAUTHENTICATED: IngressResult = { kind: "unauthenticated" };
const OVERSIZED: IngressResult = { kind: "oversized" };

/** Takes callbacks of every generation into the log. A body is acknowledged once it is durable there, or in quarantine. */
export const createIngress = (options: IngressOptions): Ingress => {
  const {
    log,
    tokens,
    scrub,
    signingSecret = null,
    securityKey = null,
    pathAuthenticates,
    offsetAt = () => null,
    onAppended = () => {},
  } = options;
  const { isSigned, authenticate, authenticateAll } = createSenderCheck({ tokens, signingSecret, pathAuthenticates });

  const store = async (
    results: readonly DecodeResult[],
    receivedAt: string,
    span?: TraceSpan,
  ): Promise<IngressResult> => {
    const [events, texts, unreadable]: [NewEvent[], string[], RejectedItem[]] = [[], [], []];
    for (const result of results) {
      if (isRejected(result)) {
        unreadable.push(result);
        continue;
      }
      // Removes secrets by their values: a gateway may echo them in any text, and an event that is not known holds them anywhere.
      const text = JSON.stringify(result);
      const clean = scrub(text);
      events.push(clean === text ? result : (JSON.parse(clean) as NewEvent));
      texts.push(clean);
    }
    const rejected = grouped(unreadable);
    try {
      const counts = await append(log, events, texts, span);
      for (const event of events) onAppended(event);
      for (const { reason, value } of rejected) {
        const body = scrub(typeof value === "string" ? keptText(value) : keptValue(value));
        await log.quarantine({ receivedAt, reason, body });
      }
      return { kind: "acknowledged", ...counts, quarantined: rejected.map(({ reason }) => reason) };
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { kind: "retry", retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw error;
    }
  };

  return {
    startDigest: signingSecret === null ? null : () => startDigest(signingSecret),

    async receive(delivery) {
      const { body, codings, contentType, oversized, span } = delivery;
      const receivedAt = new Date(delivery.receivedAt).toISOString();
      /** Keeps what is known of a body that cannot be decoded: a refusal would block the queue of its device. */
      const keepHead = (head: Buffer, reason: string, signed: boolean | null): Promise<IngressResult> | null =>
        authenticate(undefined, signed === true) === null
          ? null
          : store([{ reason, value: textOf(head, contentType) }], receivedAt);

      if (oversized !== null) {
        const reason = `The body has ${oversized.bytes} bytes, which is too many to decode it.`;
        return (
          keepHead(
            body,
            reason,
            isSigned(delivery, () => oversized.digest),
          ) ?? OVERSIZED
        );
      }
      const plain: Decompressed =
        codings.length === 0 ? { kind: "whole", bytes: body } : await decompress(body, codings, MAX_CALLBACK_BYTES);
      // A sender signs what it has written, and what compresses it may be another program.
      const signed = isSigned(delivery, digestOf(body)) || isSigned(delivery, digestOf(plain.bytes));
      if (signed === false) return UNAUTHENTICATED;
      if (plain.kind === "partial") return keepHead(plain.bytes, plain.reason, signed) ?? UNAUTHENTICATED;
      const decoded = decodePayload(plain.bytes, contentType, securityKey);
      if (decoded.kind === "undecryptable") return { kind: "unreadable", reason: decoded.reason };
      if (decoded.kind === "malformed") {
        if (authenticate(undefined, signed === true) !== null)
          return store([{ reason: decoded.reason, value: decoded.text }], receivedAt);
        return signingSecret === null ? { kind: "unreadable", reason: decoded.reason } : UNAUTHENTICATED;
      }
      const senders = authenticateAll(decoded, signed === true);
      if (senders === null) return UNAUTHENTICATED;
      const address = {
        stgid: serialNumber(delivery.stgid),
        eventName: shortText(delivery.headers.event, MAX_NAME),
        receivedAt,
        offsetAt,
      };
      const results: DecodeResult[] = [];
      for (const [index, sender] of senders.entries()) {
        const own = decodeBody(decoded.bodies[index], { ...address, tokenDevice: onlyDeviceOf(sender) });
        for (const result of own) {
          if (!maySend(sender, result)) return UNAUTHENTICATED;
          results.push(result);
        }
      }
      return store(results, receivedAt, span);
    },

    async replay(id) {
      const kept = (await log.quarantined(MAX_QUARANTINED)).find((item) => item.id === id);
      if (kept === undefined) return null;
      const { body, receivedAt } = kept;
      const decoded = decodePayload(Buffer.from(body), "", null);
      if (decoded.kind !== "decoded") return { kind: "unreadable", reason: decoded.reason };
      const address = { stgid: null, tokenDevice: null, eventName: null, receivedAt, offsetAt };
      const results = decoded.bodies.flatMap((each) => decodeBody(each, address));
      const rejected = results.find(isRejected);
      if (rejected !== undefined && results.every(isRejected)) return { kind: "unreadable", reason: rejected.reason };
      const result = await store(results, receivedAt);
      if (result.kind === "acknowledged") await log.release(id);
      return result;
    },
  };
};

const append = async (log: EventLog, events: readonly NewEvent[], texts: readonly string[], within?: TraceSpan) => {
  const span = events.length === 0 ? undefined : within?.begin("append events", appending(events.length));
  const trace = span?.traceparent;
  const traced = trace === undefined ? events : events.map((event) => ({ ...event, trace }));
  let added = 0;
  try {
    for (let start = 0; start < traced.length; start += EVENTS_PER_APPEND) {
      const end = start + EVENTS_PER_APPEND;
      const ready = trace === undefined ? texts.slice(start, end) : undefined;
      for (const { duplicate } of await log.append(traced.slice(start, end), span, ready)) if (!duplicate) added += 1;
    }
  } catch (error) {
    span?.end(error instanceof Error ? error.name : "unknown");
    throw error;
  }
  span?.set({ "portico.events.added": added });
  span?.end();
  return { added, duplicates: events.length - added };
};

const appending = (count: number): SpanOptions => ({
  kind: "producer",
  attributes: {
    "messaging.system": "portico",
    "messaging.operation.type": "send",
    "messaging.operation.name": "append",
    "messaging.destination.name": "events",
    "messaging.batch.message_count": count,
  },
});

/** Limits what one body adds: many bad rows must not push everything else out of the quarantine. */
const grouped = (rejected: readonly RejectedItem[]): readonly RejectedItem[] => {
  if (rejected.length <= MAX_QUARANTINED_PER_BODY) return rejected;
  const more = rejected.slice(MAX_QUARANTINED_PER_BODY - 1);
  const reason = `${more.length} more rows: ${more[0]?.reason}`;
  return [...rejected.slice(0, MAX_QUARANTINED_PER_BODY - 1), { reason, value: more.map(({ value }) => value) }];
};
