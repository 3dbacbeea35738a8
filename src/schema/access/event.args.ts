import { orderArg } from "../attendance/refs.ts";
import { type ArgumentBuilder, pageArgs, periodArgs } from "../kernel/args.ts";
import { AccessEventKind } from "./access.enums.ts";

/** The arguments of every list of access events, of the doors of one device or of several. */
export const accessEventArgs = (arg: ArgumentBuilder, of: "device" | "devices") => ({
  ...periodArgs(arg),
  kinds: arg({
    type: [AccessEventKind],
    description: "Return only events of these kinds, each at most once. Omit it for all kinds.",
  }),
  ...orderArg(arg, "Asc", of),
  ...pageArgs(arg),
});
