import { createCipheriv, createHmac } from "node:crypto";
import type { SimCallback, SimEvent } from "../state.ts";
import { toGmt } from "../time.ts";

/** A delivery as it is sent. */
export interface EncodedDelivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const encrypt = (text: string, key: string): string => {
  const cipher = createCipheriv("aes-256-ecb", Buffer.from(key, "latin1"), null);
  return Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
};

/** Encodes an event for a receiver: with its token, encrypted and signed as registered. */
export const encodeDelivery = (
  callback: SimCallback,
  event: SimEvent,
  now: number,
  Attempt: number,
): EncodedDelivery => {
  const { CallbackURL, token, securityKey, signingSecret } = callback;
  const plain = JSON.stringify({ ...event, AuthToken: token, Time: toGmt(now), Attempt });
  const body = securityKey === null ? plain : encrypt(plain, securityKey);
  const headers: Record<string, string> = {
    "content-type": securityKey === null ? "application/json" : "text/plain",
    "X-Gateway-Event": event.Event,
    "X-Gateway-Delivery": event.EventID,
  };
  if (signingSecret !== null) {
    headers["X-Gateway-Signature"] = `sha256=${createHmac("sha256", signingSecret).update(body).digest("hex")}`;
  }
  return { url: CallbackURL, headers, body };
};
