const PERIOD_MS = 60_000;

/**
 * Returns a function that reports something at most once a minute, with the number of times that it happened since the last report:
 * what happens with every connection must not cost a line each.
 */
export const oncePerMinute = (report: (times: number) => void): (() => void) => {
  let times = 0;
  let reportedAt = -Infinity;
  return () => {
    times += 1;
    if (performance.now() - reportedAt < PERIOD_MS) return;
    reportedAt = performance.now();
    report(times);
    times = 0;
  };
};
