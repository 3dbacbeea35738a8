import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { AttendanceExport, AttendanceToday, PunchConnection } from "./refs.ts";
import { requireReported } from "../kernel/facts.ts";
import { orderArg } from "./order.arg.ts";
import { cursorAfterSnapshot, todayPunches } from "./today.ts";

builder.objectType(AttendanceToday, {
  requiresScopes: ["attendance:read"],
  description: "A snapshot of today's punches, and the cursor at which a subscription continues from it.",
  fields: (t) => ({
    date: t.field({
      type: "LocalDate",
      nullable: true,
      description: "The date of today at the gateway. Each punch is of the current date at its own device.",
      semanticNonNull: true,
      resolve: ({ Date }) => requireReported(Date, "date"),
    }),
    asOf: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the gateway took this snapshot.",
      semanticNonNull: true,
      resolve: ({ AsOf }) => requireReported(AsOf, "asOf"),
    }),
    cursor: t.field({
      type: "EventCursor",
      description:
        "Cursor to pass to `punchAdded(after:)`. Select `punches` in the same query: the subscription then skips exactly " +
        "those punches, and delivers all later ones. Use it within ten minutes.",
      resolve: ({ snapshot }, _args, context) => cursorAfterSnapshot(snapshot, context),
    }),
    punches: t.field({
      type: PunchConnection,
      description: "The punches that the gateway had received today when the snapshot was taken.",
      listSize: CONNECTION_SIZE,
      args: {
        ...orderArg(t.arg, "Desc", "punches"),
        ...pageArgs(t.arg),
      },
      resolve: ({ filter }, args, context) => todayPunches(filter, args, context),
    }),
  }),
});

builder.objectType(AttendanceExport, {
  requiresScopes: ["attendance:read"],
  description: "A file of punches that is downloaded through a signed link.",
  fields: (t) => ({
    url: t.field({
      type: "HttpUrl",
      description: "Signed link that downloads the file. It needs no credentials, so treat it as a secret.",
      resolve: ({ url }) => url,
    }),
    expiresAt: t.field({
      type: "DateTime",
      description: "The instant until which a download can start, ten minutes after the query.",
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
});
