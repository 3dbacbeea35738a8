import type { StatusName } from "../contract/status.ts";
import type { GatewayError, GatewayErrorCode, GatewayErrorFacts } from "./errors.ts";

/** What the statuses with which the gateway refuses a request mean to a caller. Other refusals have one sentence. */
const REFUSALS: Partial<Record<StatusName, string>> = {
  notSupportedByDevice: "The device does not support this.",
  capacityExceeded: "The device has no room for more.",
  invalidTemplate: "The template or photo is not valid.",
  outOfLimits: "The value is out of range.",
  invalidDateRange: "The period is not allowed.",
  operationInProgress: "The same request is still in progress.",
  invalidCallbackUrl: "The URL is not allowed.",
};

const MESSAGES: Readonly<Record<GatewayErrorCode, (facts: GatewayErrorFacts) => string>> = {
  UPSTREAM_UNAUTHENTICATED: () => "The gateway rejects the token of this server; its operator must renew it.",
  UPSTREAM_NOT_ALLOWED: () => "The gateway's plan or license does not allow this.",
  UPSTREAM_NOT_FOUND: () => "The gateway does not know what was named.",
  UPSTREAM_REFUSED: ({ status }) => (status && REFUSALS[status]) ?? "The gateway rejected the request.",
  UPSTREAM_RATE_LIMITED: ({ retryAfterSeconds }) => {
    const when = retryAfterSeconds === undefined ? "later" : `in ${retryAfterSeconds} s`;
    return `The gateway accepts no more calls now; try again ${when}.`;
  },
  UPSTREAM_UNAVAILABLE: ({ unsent }) =>
    unsent === true
      ? "Nothing was sent: the gateway or the device failed too often just now, or too many calls wait for it; try again in a moment."
      : "The gateway failed, or did not answer in time.",
  UPSTREAM_INVALID_RESPONSE: () => "The gateway's answer could not be read.",
};

/**
 * Returns the message of a failed call for callers, in the words of the schema: without names of operations, members and statuses of the
 * gateway. The log has the message of the error itself where the operator of this server has to act.
 */
export const publicMessage = ({ code, facts }: GatewayError): string => MESSAGES[code](facts);
