import type { ArgumentBuilder } from "../kernel/args.ts";
import { TimeOrder } from "./attendance.enums.ts";

const DESCRIPTIONS = {
  device: "Order by the wall clock of the device.",
  devices: "Order by the wall clock of the devices. To compare devices in different time zones, sort by `at`.",
  punches:
    "Order by the wall clock of the devices. Across time zones this is not the order of events: sort by `at`, or query " +
    "`latestPunches`.",
} as const;

/** The argument of every list that is ordered by time: of one device, of several, or of the punches that `latestPunches` has, too. */
export const orderArg = (arg: ArgumentBuilder, defaultValue: "Asc" | "Desc", of: keyof typeof DESCRIPTIONS) => ({
  order: arg({ type: TimeOrder, required: true, defaultValue, description: DESCRIPTIONS[of] }),
});
