import type { CallbackHealth } from "../handler.ts";
import type { World } from "../state.ts";
import { toDate } from "../time.ts";

type Counted = "Received" | "Pushed" | "Failed";

interface Day {
  readonly date: string;
  readonly counts: Record<Counted, number>;
}

/** Counts the events of the current day in each device's own time zone. */
export const createCounts = (world: World, now: () => number) => {
  const days = new Map<string, Day>();

  const today = (DeviceSN: string): Record<Counted, number> => {
    const date = toDate(now(), world.devices.get(DeviceSN)?.TimeZone ?? "UTC");
    const known = days.get(DeviceSN);
    if (known?.date === date) return known.counts;
    const counts = { Received: 0, Pushed: 0, Failed: 0 };
    days.set(DeviceSN, { date, counts });
    return counts;
  };

  return {
    count(DeviceSN: string, what: Counted) {
      today(DeviceSN)[what] += 1;
    },
    today: (DeviceSN: string, Queued: number): CallbackHealth["Today"] => ({ ...today(DeviceSN), Queued }),
  };
};
