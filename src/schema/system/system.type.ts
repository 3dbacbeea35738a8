import { encodeCursor } from "../../events/cursor.ts";
import { builder } from "../kernel/builder.ts";
import { GatewayStatus, GatewayViewer } from "./refs.ts";

builder.objectType(GatewayViewer, {
  description: "The caller.",
  fields: (t) => ({
    name: t.string({ description: "Who.", resolve: ({ name }) => name }),
    scopes: t.stringList({ description: "What it may do.", resolve: ({ scopes }) => [...scopes] }),
  }),
});

builder.objectType(GatewayStatus, {
  description: "How the gateway is doing.",
  fields: (t) => ({
    sandbox: t.boolean({
      description: "Whether it is the embedded sandbox.",
      resolve: (_status, _args, { gateway }) => gateway.sandbox,
    }),
    available: t.boolean({
      description: "False while calls fail at once, to spare it.",
      resolve: (_status, _args, { gateway }) => gateway.condition().available,
    }),
    rateLimitRemaining: t.int({
      nullable: true,
      description: "Calls left before the gateway answers 429.",
      resolve: (_status, _args, { gateway }) => gateway.condition().rateLimitRemaining,
    }),
    oldestCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description: "Oldest event that can be replayed.",
      resolve: async (_status, _args, { events }) => {
        const { logId, oldest } = await events.log.bounds();
        return oldest === null ? null : encodeCursor({ logId, offset: oldest, deliveredTags: [] });
      },
    }),
    latestCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description: "Newest event; take it before a query to follow without a gap.",
      resolve: async (_status, _args, { events }) => {
        const { logId, latest } = await events.log.bounds();
        return encodeCursor({ logId, offset: latest, deliveredTags: [] });
      },
    }),
    lastCallbackAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last callback.",
      resolve: (_status, _args, { events }) => events.lastCallbackAt(),
    }),
  }),
});
