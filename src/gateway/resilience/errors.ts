import { GatewayError } from "../errors.ts";
import type { Attempt } from "./chain.ts";

/** Why a call ends here. What is marked `unsent` never reached the gateway, and waiting longer here would not help. */
type Refused = Pick<Attempt, "request">;

export const cancelled = ({ request: { operation } }: Refused): GatewayError =>
  new GatewayError("UPSTREAM_UNAVAILABLE", `${operation} was cancelled: nobody waits for it any more.`, { operation });

export const tooLate = ({ request: { operation } }: Refused): GatewayError =>
  new GatewayError("UPSTREAM_UNAVAILABLE", `The gateway did not answer in time on ${operation}.`, { operation });

export const gatewayDown = ({ request: { operation } }: Refused): GatewayError =>
  new GatewayError(
    "UPSTREAM_UNAVAILABLE",
    `${operation} was not sent: the gateway, or the device in question, failed too often just now; try again in a moment.`,
    { operation, unsent: true },
  );

export const tooMany = ({ request: { operation, device } }: Refused): GatewayError =>
  new GatewayError(
    "UPSTREAM_UNAVAILABLE",
    `${operation} was not sent: too many calls ${device === null ? "" : "to this device "}wait for an answer; try again in a moment.`,
    { operation, unsent: true },
  );

export const rateLimited = ({ request: { operation } }: Refused, waitMs: number): GatewayError => {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new GatewayError(
    "UPSTREAM_RATE_LIMITED",
    `${operation} was not sent: the gateway takes no more calls now; try again in ${retryAfterSeconds} s.`,
    { operation, unsent: true, retryAfterSeconds },
  );
};
