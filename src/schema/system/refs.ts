import { builder } from "../builder.ts";
import type { Viewer } from "../context.ts";

export const GatewayViewer = builder.objectRef<Viewer>("GatewayViewer");
export const GatewayStatus = builder.objectRef<Readonly<Record<string, never>>>("GatewayStatus");
