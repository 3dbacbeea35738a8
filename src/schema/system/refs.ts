import { builder } from "../kernel/builder.ts";
import type { Viewer } from "../kernel/viewer.ts";

export const GatewayViewer = builder.objectRef<Viewer>("GatewayViewer");
export const GatewayStatus = builder.objectRef<Readonly<Record<string, never>>>("GatewayStatus");
