import type { StoreUnavailableError } from "../../redis/errors.ts";
import type { Logger } from "../../runtime/logger.ts";
import { oncePerMinute } from "../../runtime/throttle.ts";

/**
 * Returns a function that reports operations which failed because a store was unavailable, at most once a minute: that is an outage,
 * which every operation meets, and no defect. The metrics count them by their code.
 */
export const createStoreAlarm = (logger: Logger): ((error: StoreUnavailableError) => void) => {
  let last: StoreUnavailableError | undefined;
  const alarm = oncePerMinute((times) => logger.warn({ times, err: last }, "operations failed without a store"));
  return (error) => {
    last = error;
    alarm();
  };
};
