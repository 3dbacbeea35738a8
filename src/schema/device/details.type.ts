import { builder } from "../kernel/builder.ts";
import { DeviceCounter, DeviceHealth, DeviceInfo, DevicePing } from "./refs.ts";
import { DeviceCapability, DeviceStatus, QueueStatus } from "./device.enums.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { capabilitiesOf, counter } from "./device.ts";

builder.objectType(DeviceInfo, {
  requiresScopes: ["devices:read"],
  description: "Firmware, network, capabilities and storage of a device, as the device last reported them.",
  fields: (t) => ({
    firmware: t.string({
      description: "Version of the firmware, in the vendor's notation. Empty if it is not reported.",
      resolve: ({ Firmware }) => Firmware ?? "",
    }),
    macAddress: t.string({
      nullable: true,
      description: "MAC address of the device's network interface. Null if it is not reported.",
      resolve: ({ MACAddress }) => MACAddress,
    }),
    ipAddress: t.string({
      nullable: true,
      description: "IP address of the device in its own network, often a private one. Null if it is not reported.",
      resolve: ({ IPAddress }) => IPAddress,
    }),
    algorithm: t.string({
      nullable: true,
      description:
        "Name of the template format that the device uses, in the vendor's notation. Null if it is not reported.",
      resolve: ({ Algorithm }) => Algorithm,
    }),
    capabilities: t.field({
      type: [DeviceCapability],
      description: "What the device reports that it can do. A capability that is not listed may also be unreported.",
      resolve: ({ Capabilities }) => capabilitiesOf(Capabilities),
    }),
    users: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Number and capacity of users. Null if neither is reported.",
      resolve: (info) => counter(info, "Users"),
    }),
    fingerprints: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Number and capacity of fingerprint templates. Null if neither is reported.",
      resolve: (info) => counter(info, "Fingerprints"),
    }),
    faces: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Number and capacity of face templates. Null if neither is reported.",
      resolve: (info) => counter(info, "Faces"),
    }),
    cards: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Number and capacity of cards. Null if neither is reported.",
      resolve: (info) => counter(info, "Cards"),
    }),
    punches: t.field({
      type: DeviceCounter,
      nullable: true,
      description: "Number and capacity of punches in the device's own log. Null if neither is reported.",
      resolve: (info) => counter(info, "Logs"),
    }),
  }),
});

builder.objectType(DeviceCounter, {
  description: "How many items of one kind a device stores, and how many it can store.",
  fields: (t) => ({
    used: t.int({
      nullable: true,
      description: "Number of items stored on the device. Null if it is not reported.",
      resolve: ({ used }) => used,
    }),
    capacity: t.int({
      nullable: true,
      description: "Largest number of items that the device can store. Null if it is not reported.",
      resolve: ({ capacity }) => capacity,
    }),
  }),
});

builder.objectType(DeviceHealth, {
  requiresScopes: ["devices:read"],
  description: "Connection, queues and clock of a device.",
  fields: (t) => ({
    status: t.field({
      type: DeviceStatus,
      description: "Connection state of the device according to the gateway.",
      resolve: ({ Status }) => Status,
    }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant of the device's last contact with the gateway. Null if it never had contact.",
      resolve: ({ LastSeen }) => requireReadable(LastSeen, "lastSeenAt"),
    }),
    queueDepth: t.int({
      nullable: true,
      description:
        "Number of commands that wait for the device, including the one in progress. Null if the gateway does not report it.",
      resolve: ({ QueueDepth }) => QueueDepth,
    }),
    queueStatus: t.field({
      type: QueueStatus,
      description:
        "State of the queue of events that the gateway sends for this device. While it is `STUCK`, no events of the device " +
        "arrive: see `resetDeviceQueue`. Commands wait in another queue: see `queueDepth`.",
      resolve: ({ QueueStatus }) => QueueStatus,
    }),
    clockDriftSeconds: t.int({
      nullable: true,
      description:
        "By how many seconds the device clock differs from the gateway's; positive if it is ahead. " +
        "Null if it is not known. Correct it with `syncDeviceTime`.",
      resolve: ({ ClockDriftSeconds }) => ClockDriftSeconds,
    }),
    checkedAt: t.field({
      type: "DateTime",
      description: "The instant at which this server read these values.",
      resolve: (_health, _args, { startedAt }) => startedAt,
    }),
  }),
});

builder.objectType(DevicePing, {
  requiresScopes: ["devices:read"],
  description: "The result of asking a device directly whether it is reachable.",
  fields: (t) => ({
    reachable: t.boolean({
      description: "Whether the device responded within `timeoutSeconds`.",
      resolve: ({ Reachable }) => Reachable,
    }),
    latencyMs: t.int({
      nullable: true,
      description: "Round-trip time between gateway and device in milliseconds. Null if the device did not respond.",
      resolve: ({ LatencyMs }) => LatencyMs,
    }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant of the device's last contact with the gateway. Null if it never had contact.",
      resolve: ({ LastSeen }) => requireReadable(LastSeen, "lastSeenAt"),
    }),
    checkedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the gateway asked the device.",
      semanticNonNull: true,
      resolve: ({ CheckedTime }) => requireReported(CheckedTime, "checkedAt"),
    }),
  }),
});
