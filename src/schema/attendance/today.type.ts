import { pageArgs } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { CONNECTION_SIZE } from "../kernel/sizes.ts";
import { AttendanceExport, AttendanceToday, PunchConnection } from "./refs.ts";
import { TimeOrder } from "./attendance.enums.ts";
import { cursorAfterSnapshot, todayPunches } from "./today.ts";

builder.objectType(AttendanceToday, {
  requiresScopes: ["attendance:read"],
  description: "Today up to now, and where to go on from.",
  fields: (t) => ({
    date: t.field({ type: "LocalDate", description: "Today, by the gateway.", resolve: ({ Date }) => Date }),
    asOf: t.field({ type: "DateTime", description: "When this was true.", resolve: ({ AsOf }) => AsOf }),
    cursor: t.field({
      type: "EventCursor",
      description: "For `punchAdded(after:)`: no punch is lost or doubled.",
      resolve: ({ snapshot }, _args, context) => cursorAfterSnapshot(snapshot, context),
    }),
    punches: t.field({
      type: PunchConnection,
      description: "Today's punches.",
      listSize: CONNECTION_SIZE,
      args: {
        order: t.arg({ type: TimeOrder, required: true, defaultValue: "Desc", description: "By time." }),
        ...pageArgs(t.arg),
      },
      resolve: ({ filter }, args, context) => todayPunches(filter, args, context),
    }),
  }),
});

builder.objectType(AttendanceExport, {
  requiresScopes: ["attendance:read"],
  description: "A download behind a signed link.",
  fields: (t) => ({
    url: t.field({ type: "URL", description: "Streams the rows, served by this facade.", resolve: ({ url }) => url }),
    expiresAt: t.field({ type: "DateTime", description: "End of the link.", resolve: ({ expiresAt }) => expiresAt }),
  }),
});
