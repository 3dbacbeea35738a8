import type { CompletionError } from "../stopping.ts";
import type { SubscriptionRequest } from "./subscription-request.ts";

const callbackMessage = (
  { id, verifier }: SubscriptionRequest,
  action: string,
  members: readonly (Buffer | string)[] = [],
): Buffer => {
  const head = JSON.stringify({ kind: "subscription", action, id, verifier }).slice(0, -1);
  const parts = [head, ...members, "}"].map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  return Buffer.concat(parts);
};

/** Asks whether the router still wants the subscription. */
export const checkMessage = (request: SubscriptionRequest): Buffer => callbackMessage(request, "check");

/** Carries a result that is already serialized. */
export const nextMessage = (request: SubscriptionRequest, json: Buffer): Buffer =>
  callbackMessage(request, "next", [',"payload":', json]);

/** Ends the subscription; without an error it is complete. */
export const completeMessage = (request: SubscriptionRequest, error: CompletionError | null): Buffer =>
  callbackMessage(request, "complete", error === null ? [] : [`,"errors":${JSON.stringify([error])}`]);
