import type { Logger } from "../runtime/logger.ts";
import { oncePerMinute } from "../runtime/throttle.ts";

/**
 * Returns a function that reports why requests do not reach the gateway, at most once a minute: every operation meets that, and its caller
 * learns only that the gateway does not answer.
 */
export const createGatewayAlarm = (logger: Logger, account: string): ((error: Error) => void) => {
  let last: Error | undefined;
  const alarm = oncePerMinute((times) => logger.warn({ account, times, err: last }, "gateway cannot be reached"));
  return (error) => {
    last = error;
    alarm();
  };
};
