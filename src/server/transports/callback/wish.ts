import { BadRequestError, type GraphQLParams } from "../../http/request.ts";

/** What a router tells that wants the events of a subscription posted to it. */
export interface SubscriptionRequest {
  readonly url: string;
  readonly id: string;
  /** Proves to the router that a message comes from here: a secret. */
  readonly verifier: string;
  /** How often it wants to hear that the subscription lives; 0: never. */
  readonly heartbeatMs: number;
}

const SPEC = /;\s*callbackSpec(Version)?\s*=\s*"?1\.0\b/i;
const HEARTBEAT_MS = 5_000;

const extensionOf = ({ extensions }: GraphQLParams): Readonly<Record<string, unknown>> | null => {
  const extension = extensions?.["subscription"];
  return typeof extension === "object" && extension !== null ? (extension as Record<string, unknown>) : null;
};

/** Whether a request is one of the callback protocol, version 1.0. */
export const asksForCallbacks = (accept: string | undefined, params: GraphQLParams): boolean =>
  SPEC.test(accept ?? "") && extensionOf(params) !== null;

const isText = (value: unknown, form: RegExp): value is string => typeof value === "string" && form.test(value);

/** Reads `extensions.subscription`. Throws BadRequest. */
export const parseSubscriptionRequest = (params: GraphQLParams): SubscriptionRequest => {
  const { callbackUrl, subscriptionId, verifier, heartbeatIntervalMs = HEARTBEAT_MS } = extensionOf(params) ?? {};
  const fault = (member: string, wanted: string) =>
    new BadRequestError(`\`extensions.subscription.${member}\` has to be ${wanted}.`);
  if (!isText(callbackUrl, /^./s)) throw fault("callbackUrl", "a URL");
  if (!isText(subscriptionId, /^[\w.:-]{1,128}$/))
    throw fault("subscriptionId", "1 to 128 letters, digits, _ . : and -");
  if (!isText(verifier, /^.{1,1024}$/s)) throw fault("verifier", "a text of 1 to 1024 characters");
  if (typeof heartbeatIntervalMs !== "number" || !(heartbeatIntervalMs >= 0)) {
    throw fault("heartbeatIntervalMs", "a number of milliseconds, 0 for none");
  }
  return { url: callbackUrl, id: subscriptionId, verifier, heartbeatMs: heartbeatIntervalMs };
};
