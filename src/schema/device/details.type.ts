import { builder } from "../kernel/builder.ts";
import { DeviceCounter, DeviceHealth, DeviceInfo, DevicePing } from "./refs.ts";
import { DeviceCapability, DeviceStatus, QueueStatus } from "./device.enums.ts";
import { capabilitiesOf, counter } from "./device.ts";

builder.objectType(DeviceInfo, {
  requiresScopes: ["devices:read"],
  description: "What a device is, holds and can do.",
  fields: (t) => ({
    firmware: t.string({ description: "Firmware version.", resolve: ({ Firmware }) => Firmware ?? "" }),
    macAddress: t.string({ nullable: true, description: "Hardware address.", resolve: ({ MACAddress }) => MACAddress }),
    ipAddress: t.string({
      nullable: true,
      description: "Address in its own network.",
      resolve: ({ IPAddress }) => IPAddress,
    }),
    algorithm: t.string({ nullable: true, description: "Template format.", resolve: ({ Algorithm }) => Algorithm }),
    capabilities: t.field({
      type: [DeviceCapability],
      description: "What it can do.",
      resolve: ({ Capabilities }) => capabilitiesOf(Capabilities),
    }),
    users: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Users.",
      resolve: (info) => counter(info, "Users"),
    }),
    fingerprints: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Fingerprint templates.",
      resolve: (info) => counter(info, "Fingerprints"),
    }),
    faces: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Face templates.",
      resolve: (info) => counter(info, "Faces"),
    }),
    cards: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Cards.",
      resolve: (info) => counter(info, "Cards"),
    }),
    punches: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Punches.",
      resolve: (info) => counter(info, "Logs"),
    }),
  }),
});

builder.objectType(DeviceCounter, {
  description: "How much of something a device holds.",
  fields: (t) => ({
    used: t.int({ nullable: true, description: "Held.", resolve: ({ used }) => used }),
    capacity: t.int({ nullable: true, description: "Most it can hold.", resolve: ({ capacity }) => capacity }),
  }),
});

builder.objectType(DeviceHealth, {
  requiresScopes: ["devices:read"],
  description: "Health of a device.",
  fields: (t) => ({
    status: t.field({ type: DeviceStatus, description: "Connection state.", resolve: ({ Status }) => Status }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last contact.",
      resolve: ({ LastSeen }) => LastSeen,
    }),
    queueDepth: t.int({ description: "Commands waiting.", resolve: ({ QueueDepth }) => QueueDepth ?? 0 }),
    queueStatus: t.field({
      type: QueueStatus,
      description: "Callback queue.",
      resolve: ({ QueueStatus }) => QueueStatus,
    }),
    clockDriftSeconds: t.int({
      nullable: true,
      description: "Device clock minus gateway clock.",
      resolve: ({ ClockDriftSeconds }) => ClockDriftSeconds,
    }),
    checkedAt: t.field({
      type: "DateTime",
      description: "When this was read.",
      resolve: (_health, _args, { startedAt }) => startedAt,
    }),
  }),
});

builder.objectType(DevicePing, {
  requiresScopes: ["devices:read"],
  description: "Answer to a probe.",
  fields: (t) => ({
    reachable: t.boolean({ description: "Whether the device answered.", resolve: ({ Reachable }) => Reachable }),
    latencyMs: t.int({ nullable: true, description: "Round trip.", resolve: ({ LatencyMs }) => LatencyMs }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last contact.",
      resolve: ({ LastSeen }) => LastSeen,
    }),
    checkedAt: t.field({
      type: "DateTime",
      description: "When it was probed.",
      resolve: ({ CheckedTime }) => CheckedTime,
    }),
  }),
});
