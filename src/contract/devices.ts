import { z } from "zod";
import {
  anyText,
  date,
  defaulted,
  expected,
  flag,
  instant,
  list,
  localDateTime,
  maybe,
  number,
  optional,
  record,
  rows,
  text,
  utcOffset,
  type Decoded,
} from "./codec.ts";
import { answer, Command, CommandEnvelope, commandOptions, page, requestOptions } from "./envelope.ts";
import { read, write } from "./operation.ts";
import { exactlyOne } from "./rules.ts";
import {
  DeviceSN,
  DeviceSNOrAll,
  DeviceTargets,
  DeviceTargetsOrAll,
  Limit,
  LocalDateTime,
  OffSet,
  OpaqueID,
  OperationID,
  Search,
} from "./scalars.ts";
import { DeviceStatus, QueueScope, QueueStatus } from "./vocabulary.ts";

const License = record({ Valid: expected(flag), ValidUntil: maybe(date) });

const inventory = {
  DeviceSN: text,
  DeviceLabel: expected(anyText),
  Model: expected(anyText),
  Vendor: maybe(text),
  Status: defaulted(DeviceStatus.tolerant, "Unknown"),
  LastSeen: maybe(instant),
  TimeZone: expected(text),
  UtcOffset: expected(utcOffset),
  ClientName: maybe(text),
  License: maybe(License),
  QueueDepth: expected(number),
  DoorCount: expected(number),
};

/** A terminal of the account. */
export const Device = record(inventory);
export type Device = Decoded<typeof Device>;

const capacity = {
  Users: maybe(number),
  Fingerprints: maybe(number),
  Faces: maybe(number),
  Palms: maybe(number),
  Cards: maybe(number),
  Passwords: maybe(number),
  Logs: maybe(number),
};

const DeviceCapabilities = record({
  Fingerprint: maybe(flag),
  Face: maybe(flag),
  Palm: maybe(flag),
  Card: maybe(flag),
  Password: maybe(flag),
  Photo: maybe(flag),
  Operator: maybe(flag),
  Door: maybe(flag),
  DoorSensor: maybe(flag),
  Schedule: maybe(flag),
  NumericUserIDOnly: maybe(flag),
  RemoteCapture: maybe(flag),
});
export type DeviceCapabilities = Decoded<typeof DeviceCapabilities>;

const DeviceService = record({ ServiceName: text, ActivationDate: maybe(date), ExpiryDate: maybe(date) });
const DoorRef = record({ DoorNo: number, DoorLabel: maybe(text) });

/** A device in full. A capacity, counter or capability that is null is not known. */
export const DeviceInfo = record({
  ...inventory,
  Firmware: expected(text),
  MACAddress: maybe(text),
  IPAddress: maybe(text),
  Algorithm: maybe(text),
  DeviceTime: maybe(localDateTime),
  Capacity: expected(record(capacity)),
  Counters: expected(record({ ...capacity, NewLogs: maybe(number) })),
  Capabilities: expected(DeviceCapabilities),
  Services: maybe(rows(DeviceService)),
  Doors: maybe(rows(DoorRef)),
});
export type DeviceInfo = Decoded<typeof DeviceInfo>;

const CallbackResponseInfo = record({ HttpStatus: maybe(number), Body: maybe(anyText), Time: expected(instant) });
const DeliveryCounts = record({
  Received: expected(number),
  Queued: expected(number),
  Pushed: expected(number),
  Failed: expected(number),
});

/** Connection, queues and callback deliveries of a device. */
export const DeviceHealth = record({
  DeviceSN: text,
  DeviceLabel: maybe(anyText),
  Model: maybe(anyText),
  ClientName: maybe(text),
  Status: defaulted(DeviceStatus.tolerant, "Unknown"),
  Online: expected(flag),
  LastSeen: maybe(instant),
  QueueDepth: expected(number),
  QueueStatus: defaulted(QueueStatus.tolerant, "Unknown"),
  NextRetryTime: maybe(instant),
  LastRequest: maybe(instant),
  LastResponse: maybe(CallbackResponseInfo),
  CallbackURL: maybe(text),
  SyncDirection: maybe(text),
  Today: maybe(DeliveryCounts),
  License: maybe(License),
  ClockDriftSeconds: maybe(number),
});
export type DeviceHealth = Decoded<typeof DeviceHealth>;

export const ListDevices = read("devices", {
  name: "ListDevices",
  input: z.object({
    Status: DeviceStatus.exact.optional(),
    Search: Search.optional(),
    Limit,
    OffSet: OffSet.optional(),
  }),
  output: page({ Devices: rows(Device) }),
  sample: {},
});

export const GetDeviceInfo = read("devices", {
  name: "GetDeviceInfo",
  input: z.object({ DeviceSN }),
  output: answer({ Device: DeviceInfo }),
  sample: { DeviceSN: "SN7A2300583" },
});

export const CheckDeviceHealth = read("devices", {
  name: "CheckDeviceHealth",
  input: z.object({ DeviceSN: DeviceSNOrAll.default("ALL") }),
  output: answer({ Health: rows(DeviceHealth) }),
  sample: { DeviceSN: "ALL" },
});

export const PingConnection = read("devices", {
  name: "PingConnection",
  input: z.object({ DeviceSN, TimeoutSeconds: z.int32().min(1).max(10).default(5) }),
  output: answer({
    DeviceSN: expected(text),
    Reachable: flag,
    LatencyMs: maybe(number),
    LastSeen: maybe(instant),
    CheckedTime: instant,
  }),
  sample: { DeviceSN: "SN7A2300583", TimeoutSeconds: 5 },
});

export const SyncDeviceTime = write("devices", "command", "idempotent", {
  name: "SyncDeviceTime",
  input: z.object({
    ...commandOptions,
    DeviceSN: DeviceTargetsOrAll,
    DeviceTime: LocalDateTime.nullable().optional(),
  }),
  output: CommandEnvelope,
  sample: { DeviceSN: "ALL" },
});

export const RebootDevice = write("devices", "command", "once", {
  name: "RebootDevice",
  input: z.object({ ...commandOptions, DeviceSN: DeviceTargets }),
  output: CommandEnvelope,
  sample: { DeviceSN: "SN7A2300583" },
});

export const ResetDeviceQueue = write("devices", "config", "once", {
  name: "ResetDeviceQueue",
  input: z.object({ ...requestOptions, DeviceSN, Scope: QueueScope.exact.default("Commands") }),
  output: answer({
    DeviceSN: expected(text),
    ClearedCommands: expected(number),
    RestartedCallbacks: expected(number),
    CancelledCommandIDs: expected(list(text)),
  }),
  sample: { DeviceSN: "SN7A2300583", Scope: "All" },
});

export const GetCommandStatus = read("devices", {
  name: "GetCommandStatus",
  input: z
    .object({ CommandID: OpaqueID.optional(), OperationID: OperationID.optional() })
    .superRefine(exactlyOne("CommandID", "OperationID")),
  output: answer({ Command: optional(Command), Commands: optional(rows(Command)) }),
  sample: { CommandID: "cmd_01J9Z8N3T5" },
});
