/** The callbacks of one process that are received and not answered yet. */
export interface CallbackAge {
  /** Begins a callback whose body is complete now; returns the function that ends it. */
  readonly begin: () => () => void;
  /** Whether the oldest of them has waited for longer than the limit, so that a new one would, too. */
  readonly isExceeded: () => boolean;
}

/** Measures the queue by the age of its head: however fast this process is, what it accepts it answers in time. */
export const createCallbackAge = (maxMs: number): CallbackAge => {
  const arrivals = new Set<{ readonly at: number }>();
  return {
    begin() {
      const arrival = { at: performance.now() };
      arrivals.add(arrival);
      return () => void arrivals.delete(arrival);
    },
    isExceeded() {
      const { value: oldest } = arrivals.values().next();
      return oldest !== undefined && performance.now() - oldest.at > maxMs;
    },
  };
};
