export interface SlidingWindowOptions {
  readonly windowMs: number;
  /** Fewer calls than this prove nothing. */
  readonly minimum: number;
  /** Failures among the calls, from 0 to 1, that are too many. */
  readonly share: number;
  /** What fails for a shorter time is a stumble, which a retry gets over. */
  readonly minOutageMs: number;
  readonly now: () => number;
}

/** Counts calls and failures of the last while. */
export interface SlidingWindow {
  readonly count: (answered: boolean) => void;
  readonly isFailing: () => boolean;
  readonly clear: () => void;
}

const SLOTS = 10;

/** Slides in ten steps. As many failures in a row as the minimum prove as much, however long they took. */
export const createSlidingWindow = ({
  windowMs,
  minimum,
  share,
  minOutageMs: stumbleMs,
  now,
}: SlidingWindowOptions): SlidingWindow => {
  let slots: { readonly step: number; readonly from: number; answered: number; failed: number }[] = [];
  let inARow = 0;
  let rowFrom = 0;
  return {
    count(answered) {
      const step = Math.floor((now() / windowMs) * SLOTS);
      slots = slots.filter((slot) => slot.step > step - SLOTS);
      let slot = slots.at(-1);
      if (slot?.step !== step) {
        slot = { step, from: now(), answered: 0, failed: 0 };
        slots.push(slot);
      }
      if (answered) slot.answered += 1;
      else slot.failed += 1;
      if (!answered && inARow === 0) rowFrom = now();
      inARow = answered ? 0 : inARow + 1;
    },
    isFailing() {
      const failed = slots.reduce((sum, slot) => sum + slot.failed, 0);
      const all = slots.reduce((sum, slot) => sum + slot.answered, failed);
      const failingFrom = slots.find((slot) => slot.failed > 0)?.from ?? now();
      return (
        (all >= minimum && failed / all >= share && now() - failingFrom >= stumbleMs) ||
        (inARow >= minimum && now() - rowFrom >= stumbleMs)
      );
    },
    clear() {
      slots = [];
      inARow = 0;
    },
  };
};
