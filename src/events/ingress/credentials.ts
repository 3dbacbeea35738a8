import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isMembers } from "./decode/members.ts";

/** The tokens that a callback may carry. */
export interface CallbackTokens {
  /** Each is good for every device. A function may give others later, in another array. */
  readonly account: readonly string[] | (() => readonly string[]);
  /** By serial number; each is good for the events of its device. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Whose events may be told; null: those of every device. */
export interface CallbackSender {
  readonly devices: ReadonlySet<string> | null;
}

export const ANY_DEVICE: CallbackSender = { devices: null };

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Compares with every token there is, in constant time; null for one that is none of them, or no text at all. */
export const createTokenCheck = ({ account, devices }: CallbackTokens): ((given: unknown) => CallbackSender | null) => {
  const current = typeof account === "function" ? account : () => account;
  const ofDevices = [...devices].map(([device, token]) => ({ digest: hash(token), device }));
  let tokens: readonly string[] = [];
  let known: readonly { readonly digest: Buffer; readonly device: string | null }[] = ofDevices;
  return (given) => {
    if (typeof given !== "string" || given === "") return null;
    if (current() !== tokens) {
      tokens = current();
      known = [...tokens.map((token) => ({ digest: hash(token), device: null })), ...ofDevices];
    }
    const digest = hash(given);
    const matching = known.filter((each) => timingSafeEqual(each.digest, digest));
    if (matching.length === 0) return null;
    const serials = matching.map(({ device }) => device).filter((device) => device !== null);
    return serials.length < matching.length ? ANY_DEVICE : { devices: new Set(serials) };
  };
};

/** Every member called AuthToken, in any case, where a body of any generation has it. */
export const tokensIn = (body: unknown): readonly unknown[] => {
  if (!isMembers(body)) return [];
  const entries = Object.entries(body);
  const inner = entries.filter(([name, value]) => name.toLowerCase() === "realtime" && isMembers(value));
  return [...entries, ...inner.flatMap(([, value]) => Object.entries(value as object) as [string, unknown][])]
    .filter(([name]) => name.toLowerCase() === "authtoken")
    .map(([, value]) => value);
};

/** Whether a header is `sha256=` and the HMAC-SHA-256 of the raw body. */
export const isSignature = (header: string, body: Buffer, secret: string): boolean => {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header) ?? [];
  return (
    hex !== undefined && timingSafeEqual(Buffer.from(hex, "hex"), createHmac("sha256", secret).update(body).digest())
  );
};
