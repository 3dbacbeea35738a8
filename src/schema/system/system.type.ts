import { encodeCursor } from "../../events/cursor.ts";
import { builder } from "../kernel/builder.ts";
import { GatewayStatus, GatewayViewer } from "./refs.ts";

builder.objectType(GatewayViewer, {
  description: "The caller that an API key or a token identifies.",
  fields: (t) => ({
    name: t.string({
      description: "Name of the API key or subject of the token; `anyone` if the server does not identify callers.",
      resolve: ({ name }) => name,
    }),
    scopes: t.stringList({
      description:
        "The scopes of the caller, such as `devices:read`. A field that needs another scope fails with `FORBIDDEN`.",
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
});

builder.objectType(GatewayStatus, {
  description: "The state of the gateway as this server observes it, and the range of the event log.",
  fields: (t) => ({
    sandbox: t.boolean({
      description: "Whether the gateway is the embedded sandbox, which has no real devices.",
      resolve: (_status, _args, { gateway }) => gateway.sandbox,
    }),
    available: t.boolean({
      description:
        "Whether requests reach the gateway. False while this server rejects them to let the gateway recover.",
      resolve: (_status, _args, { gateway }) => gateway.health().available,
    }),
    rateLimitRemaining: t.int({
      nullable: true,
      description:
        "How many requests the gateway accepts before it limits the rate, as it last reported. Null before the first report.",
      resolve: (_status, _args, { gateway }) => gateway.health().rateLimitRemaining,
    }),
    oldestCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description: "Cursor of the oldest event that can still be replayed. Null if the log is empty.",
      resolve: async (_status, _args, { events }) => {
        const { logId, oldest } = await events.log.bounds();
        return oldest === null ? null : encodeCursor({ logId, offset: oldest, deliveredTags: [] });
      },
    }),
    latestCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description:
        "Cursor of the newest event; null only together with an error. Read it before a query, then subscribe with it as " +
        "`after` to miss no event.",
      resolve: async (_status, _args, { events }) => {
        const { logId, latest } = await events.log.bounds();
        return encodeCursor({ logId, offset: latest, deliveredTags: [] });
      },
    }),
    lastCallbackAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which this server last accepted an event from the gateway. Null before the first.",
      resolve: (_status, _args, { events }) => events.lastCallbackAt(),
    }),
  }),
});
