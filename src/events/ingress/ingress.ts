import type { Hmac } from "node:crypto";
import { type CallbackDelivery, type IngressResult, UNKNOWN_SENDER } from "./callback.ts";
import { ANY_DEVICE, type CallbackIdentity, type CallbackTokens, startDigest } from "./credentials.ts";
import { createBodyOpener } from "./open-body.ts";
import { createSenderCheck, intersectionOf, maySend, onlyDeviceOf } from "./sender.ts";
import { decodePayload } from "./decode/body.ts";
import { decodeBody } from "./decode/classify.ts";
import { isRejected, type OffsetAt, type RejectedItem } from "./decode/delivery.ts";
import { serialNumber, shortText } from "./decode/members.ts";
import type { Scrub } from "../../runtime/redact.ts";
import type { SpanOptions, TraceSpan } from "../../runtime/tracing.ts";
import { isCut, keptText, keptValue, lacksText } from "../../runtime/sanitize.ts";
import type { EventName } from "../../contract/events.ts";
import type { NewEvent } from "../event.ts";
import { type EventLog, MAX_QUARANTINED } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";

/** Takes callbacks of the gateway into the log. */
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
  readonly scrub: Scrub;
  /** If given, every body of version 3 has to be signed. @default null */
  readonly signingSecret?: string | null;
  /** If given, every body has to be encrypted with this key of 32 characters. @default null */
  readonly securityKey?: string | null;
  /** The zones of devices, as far as they are known. @default no zone is known */
  readonly offsetAt?: OffsetAt;
  /** Called with each event of a body when it is durable, before the body is acknowledged. */
  readonly onAppended?: (event: NewEvent) => void;
  /**
   * Called with the kind of each event that cannot be read when it is in the quarantine, with undefined for a kind that is not known. The
   * body is acknowledged when the result has resolved.
   */
  readonly onUnreadable?: (kind: EventName | undefined) => Promise<void>;
  /** Whether the secret in the path is enough for bodies that carry no token. */
  readonly pathAuthenticates: boolean;
}

/** What could not be decoded, and who sent it. */
type Unreadable = RejectedItem & { readonly sender: CallbackIdentity };

const RETRY_AFTER_SECONDS = 5;
const EVENTS_PER_APPEND = 500;
const MAX_QUARANTINED_PER_BODY = 50;
const MAX_NAME = 128;

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
    onUnreadable = async () => {},
  } = options;
  const check = createSenderCheck({ tokens, signingSecret, pathAuthenticates });
  const open = createBodyOpener({ check, signingSecret, securityKey });

  /** The events of a delivery, and what cannot be decoded; null if one of them is of a device that its sender may not deliver for. */
  const resultsOf = (
    { stgid, headers }: CallbackDelivery,
    bodies: readonly unknown[],
    senders: readonly CallbackIdentity[],
    receivedAt: string,
  ): readonly (NewEvent | Unreadable)[] | null => {
    const address = {
      stgid: serialNumber(stgid),
      eventName: shortText(headers.event, MAX_NAME),
      receivedAt,
      offsetAt,
      scrub,
    };
    const results: (NewEvent | Unreadable)[] = [];
    for (const [index, sender] of senders.entries()) {
      const own = decodeBody(bodies[index], { ...address, tokenDevice: onlyDeviceOf(sender) });
      for (const result of own) {
        if (!maySend(sender, result)) return null;
        results.push(isRejected(result) ? { ...result, sender } : result);
      }
    }
    return results;
  };

  const store = async (
    results: readonly (NewEvent | Unreadable)[],
    receivedAt: string,
    span?: TraceSpan,
  ): Promise<IngressResult> => {
    const events: NewEvent[] = [];
    const texts: string[] = [];
    const unreadable: Unreadable[] = [];
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
      for (const { reason, value, sender } of rejected) {
        const body = typeof value === "string" ? keptText(value, scrub) : keptValue(value, scrub);
        const devices = sender.devices === null ? {} : { devices: [...sender.devices] };
        await log.quarantine({ receivedAt, reason, body, ...devices });
      }
      await Promise.all([...new Set(unreadable.map(({ kind }) => kind))].map(onUnreadable));
      return { kind: "acknowledged", ...counts, quarantined: rejected.map(({ reason }) => reason) };
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { kind: "retry", retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw error;
    }
  };

  return {
    startDigest: signingSecret === null ? null : () => startDigest(signingSecret),

    async receive(delivery) {
      const receivedAt = new Date(delivery.receivedAt).toISOString();
      const opened = await open(delivery);
      if (opened.kind === "refused") return opened.result;
      if (opened.kind === "undecodable") return store([{ ...opened.item, sender: ANY_DEVICE }], receivedAt);
      const senders = check.authenticateAll(opened.payload, opened.signed);
      const results = senders && resultsOf(delivery, opened.payload.bodies, senders, receivedAt);
      return results === null ? UNKNOWN_SENDER : store(results, receivedAt, delivery.span);
    },

    async replay(id) {
      const kept = (await log.quarantined(MAX_QUARANTINED)).find((item) => item.id === id);
      if (kept === undefined) return null;
      const { body, receivedAt, devices } = kept;
      if (isCut(body)) return { kind: "unreadable", reason: "The end of the body is not kept." };
      const decoded = decodePayload(Buffer.from(body), "", null);
      if (decoded.kind !== "decoded") return { kind: "unreadable", reason: decoded.reason };
      const address = { stgid: null, tokenDevice: null, eventName: null, receivedAt, offsetAt, scrub };
      const sender = { devices: devices === undefined ? null : new Set(devices) };
      const results = decoded.bodies.flatMap((each) => decodeBody(each, address));
      const rejected = results.find(isRejected);
      if (rejected !== undefined && results.every(isRejected)) return { kind: "unreadable", reason: rejected.reason };
      if (!results.every((each) => maySend(sender, each)))
        return { kind: "unreadable", reason: "Its sender may not deliver events of this device." };
      if (results.some((each) => !isRejected(each) && lacksText(JSON.stringify(each))))
        return { kind: "unreadable", reason: "A text that the event needs is not kept." };
      const items = results.map((each) => (isRejected(each) ? { ...each, sender } : each));
      const result = await store(items, receivedAt);
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
const grouped = (rejected: readonly Unreadable[]): readonly Unreadable[] => {
  if (rejected.length <= MAX_QUARANTINED_PER_BODY) return rejected;
  const more = rejected.slice(MAX_QUARANTINED_PER_BODY - 1);
  const reason = `${more.length} more rows: ${more[0]?.reason}`;
  const value = more.map((each) => each.value);
  const sender = more.map((each) => each.sender).reduce(intersectionOf);
  return [...rejected.slice(0, MAX_QUARANTINED_PER_BODY - 1), { reason, DeviceSN: null, value, sender }];
};
