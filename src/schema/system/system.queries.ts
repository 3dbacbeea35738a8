import { builder } from "../kernel/builder.ts";
import { GatewayStatus, GatewayViewer } from "./refs.ts";

builder.queryFields((t) => ({
  viewer: t.field({
    authenticated: true,
    type: GatewayViewer,
    description: "The caller.",
    resolve: (_root, _args, { viewer }) => viewer,
  }),
  gateway: t.field({
    authenticated: true,
    tag: "operations",
    type: GatewayStatus,
    description: "How the gateway is doing.",
    resolve: () => ({}),
  }),
}));
