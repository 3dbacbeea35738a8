import {
  ANY_DEVICE,
  type CallbackIdentity,
  type CallbackTokens,
  createTokenCheck,
  isSignature,
  repeatedTokens,
  tokensIn,
  startDigest,
} from "./credentials.ts";
import type { CallbackDelivery } from "./callback.ts";
import type { DecodedPayload } from "./decode/body.ts";
import { carriesToken, isLegacy } from "./decode/classify.ts";
import type { DecodeResult } from "./decode/delivery.ts";

/** What authenticates senders. */
export interface SenderCheckOptions {
  readonly tokens: CallbackTokens;
  /** If not null, every body of version 3 has to be signed. */
  readonly signingSecret: string | null;
  /** Whether the secret in the path is enough for bodies that carry no token. */
  readonly pathAuthenticates: boolean;
}

/** Finds out who sent a callback. */
export interface SenderCheck {
  /** Whether the signature is that of a digest; null if there is no signature to check. */
  readonly isSigned: (delivery: CallbackDelivery, digest: (secret: string) => Buffer | null) => boolean | null;
  /** The sender of a body; null if it is not authenticated. Undefined is a body that cannot be decoded. */
  readonly authenticate: (body: unknown, signed: boolean) => CallbackIdentity | null;
  /** The sender of each body; null if one of them is not authenticated, or if a token was hidden behind another one. */
  readonly authenticateAll: (payload: DecodedPayload, signed: boolean) => readonly CallbackIdentity[] | null;
}

/** Creates the check of who sent a callback. */
export const createSenderCheck = ({ tokens, signingSecret, pathAuthenticates }: SenderCheckOptions): SenderCheck => {
  const senderOf = createTokenCheck(tokens);

  const senderOfAll = (presented: readonly unknown[]): CallbackIdentity | null => {
    let all = ANY_DEVICE;
    let isValid = true;
    // All are checked, so that the duration does not reveal which one is not valid.
    for (const each of presented) {
      const sender = senderOf(each);
      if (sender === null) isValid = false;
      else all = intersectionOf(all, sender);
    }
    return isValid ? all : null;
  };

  /**
   * Requires every presented token to be valid, and a token from bodies that always carry one. `neighbors` is the sender that
   * the tokens of the other bodies in the same list authenticate; null without one.
   */
  const authenticate = (
    body: unknown,
    signed: boolean,
    neighbors: CallbackIdentity | null = null,
  ): CallbackIdentity | null => {
    if (signingSecret !== null && !signed && !isLegacy(body)) return null;
    const presented = tokensIn(body);
    if (presented.length > 0) return senderOfAll(presented);
    return neighbors ?? (signed || (pathAuthenticates && !carriesToken(body)) ? ANY_DEVICE : null);
  };

  return {
    isSigned({ headers }, digest) {
      if (signingSecret === null || headers.signature === null) return null;
      const expected = digest(signingSecret);
      return expected !== null && isSignature(headers.signature, expected);
    },
    authenticate: (body, signed) => authenticate(body, signed),
    authenticateAll({ bodies, json }, signed) {
      if (json !== null && senderOfAll(repeatedTokens(json, bodies)) === null) return null;
      const presented = bodies.length === 1 ? [] : bodies.flatMap(tokensIn);
      const neighbors = presented.length === 0 ? null : senderOfAll(presented);
      const senders = bodies.map((body) => authenticate(body, signed, neighbors));
      return senders.every((sender) => sender !== null) ? senders : null;
    },
  };
};

/** The digest of a body by the secret that signs it. */
export const digestOf =
  (bytes: Buffer) =>
  (secret: string): Buffer =>
    startDigest(secret).update(bytes).digest();

/** The devices for which both may deliver. */
export const intersectionOf = (all: CallbackIdentity, one: CallbackIdentity): CallbackIdentity => {
  const { devices } = one;
  if (devices === null || all.devices === null) return devices === null ? all : one;
  return { devices: new Set([...all.devices].filter((device) => devices.has(device))) };
};

/** The only device that a sender may deliver for; null if it may deliver for several. */
export const onlyDeviceOf = ({ devices }: CallbackIdentity): string | null =>
  devices?.size === 1 ? ([...devices][0] ?? null) : null;

/** Whether a sender may deliver an event, or what cannot be decoded, which may name no device. */
export const maySend = ({ devices }: CallbackIdentity, { DeviceSN }: DecodeResult): boolean =>
  devices === null || DeviceSN === null || devices.has(DeviceSN);
