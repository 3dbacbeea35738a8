import { textOf } from "../../contract/text.ts";
import { decompress, type Decompressed } from "../../runtime/compression.ts";
import { type CallbackDelivery, type IngressResult, MAX_CALLBACK_BYTES, UNKNOWN_SENDER } from "./callback.ts";
import { type DecodedPayload, decodePayload } from "./decode/body.ts";
import type { RejectedItem } from "./decode/delivery.ts";
import { digestOf, type SenderCheck } from "./sender.ts";

/** What is known of a body before its events are decoded. */
export type OpenedBody =
  | { readonly kind: "open"; readonly payload: DecodedPayload; readonly signed: boolean }
  /** Neither JSON nor a form, but of a known sender: a refusal would block the queue of its device. */
  | { readonly kind: "undecodable"; readonly item: RejectedItem }
  | { readonly kind: "refused"; readonly result: IngressResult };

export interface BodyOpenerOptions {
  readonly check: SenderCheck;
  /** Null if bodies are not signed. */
  readonly signingSecret: string | null;
  /** Null if bodies are not encrypted. */
  readonly securityKey: string | null;
}

const OVERSIZED: IngressResult = { kind: "oversized" };

const refused = (result: IngressResult): OpenedBody => ({ kind: "refused", result });

/** Returns a function that decompresses a body, verifies its signature, decrypts and parses it. */
export const createBodyOpener = ({ check, signingSecret, securityKey }: BodyOpenerOptions) => {
  const { isSigned, authenticate } = check;

  const undecodable = (item: RejectedItem, signed: boolean | null, otherwise: IngressResult): OpenedBody =>
    authenticate(undefined, signed === true) === null ? refused(otherwise) : { kind: "undecodable", item };

  return async (delivery: CallbackDelivery): Promise<OpenedBody> => {
    const { body, codings, contentType, oversized } = delivery;
    if (oversized !== null) {
      const reason = `The body has ${oversized.bytes} bytes, which is too many to decode it.`;
      const signed = isSigned(delivery, () => oversized.digest);
      return undecodable({ reason, DeviceSN: null, value: textOf(body, contentType) }, signed, OVERSIZED);
    }
    const plain: Decompressed =
      codings.length === 0 ? { kind: "whole", bytes: body } : await decompress(body, codings, MAX_CALLBACK_BYTES);
    // A sender signs what it has written, and what compresses it may be another program.
    const signed = isSigned(delivery, digestOf(body)) || isSigned(delivery, digestOf(plain.bytes));
    if (signed === false) return refused(UNKNOWN_SENDER);
    if (plain.kind === "partial") {
      const value = textOf(plain.bytes, contentType);
      return undecodable({ reason: plain.reason, DeviceSN: null, value }, signed, UNKNOWN_SENDER);
    }
    const payload = decodePayload(plain.bytes, contentType, securityKey);
    if (payload.kind === "decoded") return { kind: "open", payload, signed: signed === true };
    const { reason } = payload;
    const unreadable: IngressResult = { kind: "unreadable", reason };
    if (payload.kind === "undecryptable") return refused(unreadable);
    const otherwise = signingSecret === null ? unreadable : UNKNOWN_SENDER;
    return undecodable({ reason, DeviceSN: null, value: payload.text }, signed, otherwise);
  };
};
