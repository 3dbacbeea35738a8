import { BadRequestError, type GraphQLParams } from "../../http/request.ts";

/** A router's request for the events of a subscription. */
export interface SubscriptionRequest {
  /** Where events are posted. */
  readonly url: string;
  readonly id: string;
  /** Proves to the router that a message comes from this server: a secret. */
  readonly verifier: string;
  /** Milliseconds between two messages that confirm the subscription; 0: none. */
  readonly heartbeatMs: number;
}

const CALLBACK_SPEC = /;\s*callbackSpec(Version)?\s*=\s*"?1\.0\b/i;
const DEFAULT_HEARTBEAT_MS = 5_000;

const extensionOf = ({ extensions }: GraphQLParams): Readonly<Record<string, unknown>> | null => {
  const extension = extensions?.["subscription"];
  return typeof extension === "object" && extension !== null ? (extension as Record<string, unknown>) : null;
};

/** Whether a request is one of the HTTP callback protocol, version 1.0. */
export const isCallbackRequest = (accept: string | undefined, params: GraphQLParams): boolean =>
  CALLBACK_SPEC.test(accept ?? "") && extensionOf(params) !== null;

const isText = (value: unknown, form: RegExp): value is string => typeof value === "string" && form.test(value);

/** Parses `extensions.subscription`; throws BadRequestError. */
export const parseSubscriptionRequest = (params: GraphQLParams): SubscriptionRequest => {
  const { callbackUrl, subscriptionId, verifier, heartbeatIntervalMs } = extensionOf(params) ?? {};
  const heartbeatMs = heartbeatIntervalMs === undefined ? DEFAULT_HEARTBEAT_MS : heartbeatIntervalMs;
  const fault = (member: string, expected: string) =>
    new BadRequestError(`\`extensions.subscription.${member}\` must be ${expected}.`);
  if (!isText(callbackUrl, /^./s)) throw fault("callbackUrl", "a URL");
  if (!isText(subscriptionId, /^[\w.:-]{1,128}$/))
    throw fault("subscriptionId", "1 to 128 letters, digits, _ . : and -");
  if (!isText(verifier, /^.{1,1024}$/s)) throw fault("verifier", "a string of 1 to 1024 characters");
  if (typeof heartbeatMs !== "number" || !(heartbeatMs >= 0)) {
    throw fault("heartbeatIntervalMs", "a number of milliseconds, or 0 for no heartbeat");
  }
  return { url: callbackUrl, id: subscriptionId, verifier, heartbeatMs };
};
