import { GatewayError } from "../errors.ts";
import type { Attempt } from "./chain.ts";

/** Errors of calls that end here. Those marked `unsent` never reached the gateway, and waiting longer would not help. */
type FailedCall = Pick<Attempt, "request">;

/** The caller went away. */
export const cancelled = ({ request: { operation } }: FailedCall): GatewayError =>
  new GatewayError("UPSTREAM_UNAVAILABLE", `${operation} was cancelled because its caller went away.`, { operation });

/** The deadline of the call has passed. */
export const deadlineExceeded = ({ request: { operation } }: FailedCall): GatewayError =>
  new GatewayError("UPSTREAM_UNAVAILABLE", `The gateway did not answer in time on ${operation}.`, { operation });

/** The circuit of the gateway, or of the device, is open. */
export const breakerOpen = ({ request: { operation } }: FailedCall): GatewayError =>
  new GatewayError(
    "UPSTREAM_UNAVAILABLE",
    `${operation} was not sent: the gateway or the device failed too often just now; try again in a moment.`,
    { operation, unsent: true },
  );

/** The queue of the bulkhead is full, or the call waited in it until it was too late. */
export const queueFull = ({ request: { operation, device } }: FailedCall): GatewayError =>
  new GatewayError(
    "UPSTREAM_UNAVAILABLE",
    `${operation} was not sent: too many calls ${device === null ? "" : "to this device "}wait for an answer; try again in a moment.`,
    { operation, unsent: true },
  );

/** The rate limit lets no call through within the deadline; `waitMs` is how long it would have to wait. */
export const rateLimited = ({ request: { operation } }: FailedCall, waitMs: number): GatewayError => {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new GatewayError(
    "UPSTREAM_RATE_LIMITED",
    `${operation} was not sent: the gateway accepts no more calls now; try again in ${retryAfterSeconds} s.`,
    { operation, unsent: true, retryAfterSeconds },
  );
};
