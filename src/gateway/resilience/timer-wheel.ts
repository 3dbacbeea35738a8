/** An alarm of a wheel, until it goes off or is removed. */
export interface Alarm {
  readonly slot: number;
  readonly onTime: () => void;
}

/** Alarms that share one timer: nearly all of them are removed long before their time. */
export interface TimerWheel {
  /** Calls `onTime` at a time of the clock, at most ten milliseconds late; it keeps no process alive. */
  readonly add: (at: number, onTime: () => void) => Alarm;
  readonly remove: (alarm: Alarm) => void;
}

const SLOT_MS = 10;

/** Creates a wheel without alarms; `now` returns milliseconds of a monotonic clock. */
export const createTimerWheel = (now: () => number): TimerWheel => {
  const slots = new Map<number, Set<Alarm>>();
  let timer: NodeJS.Timeout | undefined;
  let nextSlot = Number.POSITIVE_INFINITY;

  const schedule = (slot: number) => {
    if (slot >= nextSlot) return;
    nextSlot = slot;
    clearTimeout(timer);
    timer = setTimeout(turn, Math.max(1, Math.ceil(slot * SLOT_MS - now())));
    timer.unref();
  };

  const turn = () => {
    const current = Math.floor(now() / SLOT_MS);
    const due = [...slots.keys()].filter((slot) => slot <= current).toSorted((a, b) => a - b);
    nextSlot = Number.POSITIVE_INFINITY;
    for (const slot of due) {
      for (const { onTime } of slots.get(slot) ?? []) onTime();
      slots.delete(slot);
    }
    for (const slot of slots.keys()) schedule(slot);
  };

  return {
    add(at, onTime) {
      const alarm = { slot: Math.ceil(at / SLOT_MS), onTime };
      const alarms = slots.get(alarm.slot);
      if (alarms === undefined) slots.set(alarm.slot, new Set([alarm]));
      else alarms.add(alarm);
      schedule(alarm.slot);
      return alarm;
    },
    remove(alarm) {
      const alarms = slots.get(alarm.slot);
      if (alarms?.delete(alarm) === true && alarms.size === 0) slots.delete(alarm.slot);
    },
  };
};
