import type { SubscriptionRequest } from "./wish.ts";

/** An error that ends a subscription, as its router is told. */
export interface Reason {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const letter = ({ id, verifier }: SubscriptionRequest, action: string, more: readonly (Buffer | string)[]): Buffer => {
  const head = JSON.stringify({ kind: "subscription", action, id, verifier }).slice(0, -1);
  const parts = [head, ...more, "}"].map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  return Buffer.concat(parts);
};

/** Asks whether the router still wants it. */
export const checkMessage = (wish: SubscriptionRequest): Buffer => letter(wish, "check", []);

/** Tells a result that is serialised already. */
export const nextMessage = (wish: SubscriptionRequest, json: Buffer): Buffer =>
  letter(wish, "next", [',"payload":', json]);

/** Tells that nothing more comes; null: because all was said. */
export const completeMessage = (wish: SubscriptionRequest, reason: Reason | null): Buffer =>
  letter(wish, "complete", reason === null ? [] : [`,"errors":${JSON.stringify([reason])}`]);
