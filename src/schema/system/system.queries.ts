import { builder } from "../kernel/builder.ts";
import { GatewayStatus, GatewayViewer } from "./refs.ts";

builder.queryFields((t) => ({
  viewer: t.field({
    authenticated: true,
    type: GatewayViewer,
    description: "The caller of this request: its name and scopes.",
    resolve: (_root, _args, { viewer }) => viewer,
  }),
  gateway: t.field({
    authenticated: true,
    tag: "operations",
    type: GatewayStatus,
    description: "The state of the connection to the gateway and of the event log, for dashboards and alerts.",
    resolve: () => ({}),
  }),
}));
