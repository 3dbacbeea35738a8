import { createScrubber } from "../../runtime/redact.ts";
import {
  ANY_DEVICE,
  type CallbackTokens,
  createTokenCheck,
  isSignature,
  type CallbackSender,
  tokensIn,
} from "./credentials.ts";
import { decodePayload } from "./decode/body.ts";
import { carriesToken, decodeBody, isLegacy } from "./decode/classify.ts";
import { isRejected, type DecodeResult, type RejectedItem } from "./decode/envelope.ts";
import { serialNumber, shortText } from "./decode/members.ts";
import { keptText, keptValue } from "./decode/redaction.ts";
import type { NewEvent } from "../event.ts";
import { type EventLog, MAX_QUARANTINED } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";

/** A callback as it came over the wire; the secret of its path has been checked. */
export interface CallbackDelivery {
  readonly contentType: string;
  readonly headers: {
    /** X-Gateway-Signature. */
    readonly signature: string | null;
    /** X-Gateway-Event. */
    readonly event: string | null;
  };
  /** Query member of the URL that names the device of older configurations. */
  readonly stgid: string | null;
  readonly body: Buffer;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

/** What became of a delivery. Only the first kind is an acknowledgement, and nothing was stored for the others. */
export type IngressResult =
  | {
      readonly kind: "acknowledged";
      readonly added: number;
      readonly duplicates: number;
      /** Why what was put into quarantine could not be read; no value of the body stands in it. */
      readonly quarantined: readonly string[];
    }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "later"; readonly retryAfterSeconds: number };

export interface Ingress {
  /** Resolves when everything of the body that can be kept is durable, or nothing is. */
  readonly receive: (delivery: CallbackDelivery) => Promise<IngressResult>;
  /** Decodes what lies in quarantine once more and takes it out if that went well; null where it is not there. */
  readonly replay: (id: string) => Promise<IngressResult | null>;
}

export interface IngressOptions {
  readonly log: EventLog;
  readonly tokens: CallbackTokens;
  /** Then every body of this generation has to be signed. */
  readonly signingSecret?: string | null;
  /** Then every body has to be encrypted: 32 characters. */
  readonly securityKey?: string | null;
  /** Whether the secret of the path is enough for bodies that carry no token. */
  readonly pathAuthenticates: boolean;
}

const RETRY_AFTER_SECONDS = 5;
const APPENDED_AT_ONCE = 500;
const QUARANTINED_ONE_BY_ONE = 50;
const LONGEST_NAME = 128;

const UNAUTHENTICATED: IngressResult = { kind: "unauthenticated" };

/** Takes callbacks of every generation into the log: acknowledged is what is durable there, or in quarantine. */
export const createIngress = (options: IngressOptions): Ingress => {
  const { log, tokens, signingSecret = null, securityKey = null, pathAuthenticates } = options;
  const senderOf = createTokenCheck(tokens);
  const scrub = createScrubber(secretsOf(tokens, [signingSecret, securityKey]));

  const isSigned = ({ headers, body }: CallbackDelivery): boolean | null => {
    if (signingSecret === null || headers.signature === null) return null;
    return isSignature(headers.signature, body, signingSecret);
  };

  /** Every token that is given has to be right; a body that always carries one is not let off. */
  const authenticate = (body: unknown, signed: boolean): CallbackSender | null => {
    if (signingSecret !== null && !signed && !isLegacy(body)) return null;
    const given = tokensIn(body);
    if (given.length === 0) return signed || (pathAuthenticates && !carriesToken(body)) ? ANY_DEVICE : null;
    const senders = given.map(senderOf);
    return senders.every((sender) => sender !== null) ? narrowest(senders) : null;
  };

  /** What this version has no word for may say a token anywhere. */
  const scrubbed = (event: NewEvent): NewEvent => {
    if (event.body.kind !== "other") return event;
    const members = JSON.parse(scrub(JSON.stringify(event.body.members))) as typeof event.body.members;
    return { ...event, body: { ...event.body, members } };
  };

  const store = async (items: readonly DecodeResult[], receivedAt: string): Promise<IngressResult> => {
    const events = items.filter((item): item is NewEvent => !isRejected(item)).map(scrubbed);
    const rejected = grouped(items.filter(isRejected));
    try {
      const counts = await append(log, events);
      for (const { reason, value } of rejected) {
        const body = scrub(typeof value === "string" ? keptText(value) : keptValue(value));
        await log.quarantine({ receivedAt, reason, body });
      }
      return { kind: "acknowledged", ...counts, quarantined: rejected.map(({ reason }) => reason) };
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { kind: "later", retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw error;
    }
  };

  return {
    async receive(delivery) {
      const signed = isSigned(delivery);
      if (signed === false) return UNAUTHENTICATED;
      const body = decodePayload(delivery.body, delivery.contentType, securityKey);
      if (body.kind === "sealed") return { kind: "unreadable", reason: body.reason };
      const receivedAt = new Date(delivery.receivedAt).toISOString();
      if (body.kind === "garbled") {
        if (authenticate(undefined, signed === true) !== null)
          return store([{ reason: body.reason, value: body.text }], receivedAt);
        return signingSecret === null ? { kind: "unreadable", reason: body.reason } : UNAUTHENTICATED;
      }
      const sender = authenticate(body.value, signed === true);
      if (sender === null) return UNAUTHENTICATED;
      const items = decodeBody(body.value, {
        stgid: serialNumber(delivery.stgid),
        tokenDevice: onlyOne(sender),
        eventName: shortText(delivery.headers.event, LONGEST_NAME),
        receivedAt,
      });
      return items.every((item) => mayTell(sender, item)) ? store(items, receivedAt) : UNAUTHENTICATED;
    },

    async replay(id) {
      const kept = (await log.quarantined(MAX_QUARANTINED)).find((item) => item.id === id);
      if (kept === undefined) return null;
      const { body, receivedAt } = kept;
      const read = decodePayload(Buffer.from(body), "", null);
      if (read.kind !== "read") return { kind: "unreadable", reason: read.reason };
      const items = decodeBody(read.value, { stgid: null, tokenDevice: null, eventName: null, receivedAt });
      const fault = items.find(isRejected);
      if (fault !== undefined && items.every(isRejected)) return { kind: "unreadable", reason: fault.reason };
      const outcome = await store(items, receivedAt);
      if (outcome.kind === "acknowledged") await log.release(id);
      return outcome;
    },
  };
};

const narrowest = (senders: readonly CallbackSender[]): CallbackSender | null =>
  senders.reduce<CallbackSender>((all, { devices }) => {
    if (devices === null || all.devices === null) return devices === null ? all : { devices };
    return { devices: new Set([...all.devices].filter((device) => devices.has(device))) };
  }, ANY_DEVICE);

const onlyOne = ({ devices }: CallbackSender): string | null =>
  devices?.size === 1 ? ([...devices][0] ?? null) : null;

const mayTell = ({ devices }: CallbackSender, item: DecodeResult): boolean =>
  devices === null || isRejected(item) || devices.has(item.DeviceSN);

const append = async (log: EventLog, events: readonly NewEvent[]) => {
  let added = 0;
  for (let start = 0; start < events.length; start += APPENDED_AT_ONCE) {
    const appended = await log.append(events.slice(start, start + APPENDED_AT_ONCE));
    added += appended.filter(({ duplicate }) => !duplicate).length;
  }
  return { added, duplicates: events.length - added };
};

/** Many bad rows of one body may not push everything else out of the quarantine. */
const grouped = (rejected: readonly RejectedItem[]): readonly RejectedItem[] => {
  if (rejected.length <= QUARANTINED_ONE_BY_ONE) return rejected;
  const more = rejected.slice(QUARANTINED_ONE_BY_ONE - 1);
  const reason = `${more.length} more rows: ${more[0]?.reason}`;
  return [...rejected.slice(0, QUARANTINED_ONE_BY_ONE - 1), { reason, value: more.map(({ value }) => value) }];
};

/** Anew where the account's tokens are others. */
const secretsOf = (
  { account, devices }: CallbackTokens,
  keys: readonly (string | null)[],
): (() => readonly string[]) => {
  const current = typeof account === "function" ? account : () => account;
  const fixed = [...devices.values(), ...keys.filter((key) => key !== null)];
  let tokens: readonly string[] | undefined;
  let secrets: readonly string[] = fixed;
  return () => {
    if (current() !== tokens) {
      tokens = current();
      secrets = [...tokens, ...fixed];
    }
    return secrets;
  };
};
