import { builder } from "../builder.ts";

export const GatewayEventKind = builder.enumType("GatewayEventKind", {
  description: "Kinds of event.",
  values: {
    PUNCH_ADDED: { value: "attendance.new", description: "Upstream: also attendance.new." },
    DEVICE_STATUS_CHANGED: { value: "device.status", description: "Upstream: also device.status." },
    ENROLLMENT_UPDATED: { value: "enrollment.update", description: "Upstream: also enrollment.update." },
  } as const,
});
