/** Gives the place back; more than once does no harm. */
export type Release = () => void;

/** How much may be under way at a time, for each of many. */
export interface Semaphores {
  /** Null when as much is under way as may be. */
  readonly acquire: (name: string) => Release | null;
}

/** Nothing is kept of those for whom nothing is under way. */
export const createSemaphores = (most: number): Semaphores => {
  const taken = new Map<string, number>();
  return {
    acquire(name) {
      const count = taken.get(name) ?? 0;
      if (count >= most) return null;
      taken.set(name, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (taken.get(name) ?? 0) - 1;
        if (left > 0) taken.set(name, left);
        else taken.delete(name);
      };
    },
  };
};
