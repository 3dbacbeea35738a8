import { z } from "zod";
import { asAsked } from "./as-asked.ts";
import { readZone } from "./clock-text.ts";
import { withDefault, expected, foundInRow, list, nullable, orNone, record, rows, type Decoded } from "./codec.ts";
import type { Members } from "./lookup.ts";
import { wordOf } from "./padding.ts";
import { date, instant, localDateTime, timeZone, utcOffset } from "./times.ts";
import { anyText, boolean, count, deviceSerial, int32, measure, text } from "./values.ts";
import { answer, CommandReport, CommandEnvelope, commandOptions, page, requestOptions } from "./envelope.ts";
import { innerRows } from "./inner-rows.ts";
import { command, config, read } from "./operation.ts";
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

const License = record({ Valid: expected(boolean), ValidUntil: nullable(date) });

const inventory = {
  DeviceSN: asAsked("DeviceSN", deviceSerial),
  DeviceLabel: expected(anyText),
  Model: expected(anyText),
  Vendor: nullable(text),
  Status: withDefault(DeviceStatus.tolerant, "Unknown"),
  LastSeen: orNone(instant),
  TimeZone: expected(timeZone),
  UtcOffset: foundInRow(expected(utcOffset), (offset, { TimeZone }) => (readZone(offset) === null ? TimeZone : offset)),
  ClientName: nullable(text),
  License: nullable(License),
  QueueDepth: expected(count),
  DoorCount: expected(count),
};

/** A terminal of the account. */
export const Device = record(inventory);
export type Device = Decoded<typeof Device>;

const capacity = {
  Users: nullable(count),
  Fingerprints: nullable(count),
  Faces: nullable(count),
  Palms: nullable(count),
  Cards: nullable(count),
  Passwords: nullable(count),
  Logs: nullable(count),
};

const DeviceCapabilities = record({
  Fingerprint: nullable(boolean),
  Face: nullable(boolean),
  Palm: nullable(boolean),
  Card: nullable(boolean),
  Password: nullable(boolean),
  Photo: nullable(boolean),
  Operator: nullable(boolean),
  Door: nullable(boolean),
  DoorSensor: nullable(boolean),
  Schedule: nullable(boolean),
  NumericUserIDOnly: nullable(boolean),
  RemoteCapture: nullable(boolean),
});
export type DeviceCapabilities = Decoded<typeof DeviceCapabilities>;

const DeviceService = record({ ServiceName: text, ActivationDate: nullable(date), ExpiryDate: nullable(date) });
const DoorRef = record({ DoorNo: int32, DoorLabel: nullable(text) });

/** All that is known of a device. A capacity, counter or capability that is null is not known. */
export const DeviceInfo = record({
  ...inventory,
  Firmware: expected(text),
  MACAddress: nullable(text),
  IPAddress: nullable(text),
  Algorithm: nullable(text),
  DeviceTime: nullable(localDateTime),
  Capacity: expected(record(capacity)),
  Counters: expected(record({ ...capacity, NewLogs: nullable(count) })),
  Capabilities: expected(DeviceCapabilities),
  Services: nullable(innerRows(DeviceService)),
  Doors: nullable(innerRows(DoorRef)),
});
export type DeviceInfo = Decoded<typeof DeviceInfo>;

const CallbackResponseInfo = record({ HttpStatus: nullable(int32), Body: nullable(anyText), Time: expected(instant) });
const DeliveryCounts = record({
  Received: expected(count),
  Queued: expected(count),
  Pushed: expected(count),
  Failed: expected(count),
});

const status = withDefault(DeviceStatus.tolerant, "Unknown");
const online = expected(boolean);

/** A row without a word that is known says in another member whether the device is online. */
const statusIn = (value: unknown, { Online }: Members): unknown => {
  const isKnown = status.read(value) !== "Unknown" || (typeof value === "string" && wordOf(value) === "unknown");
  const isOnline = isKnown ? null : online.read(Online);
  return isOnline === null ? value : isOnline ? "Online" : "Offline";
};

/** Connection, queues and callback deliveries of a device. */
export const DeviceHealth = record({
  DeviceSN: asAsked("DeviceSN", deviceSerial),
  DeviceLabel: nullable(anyText),
  Model: nullable(anyText),
  ClientName: nullable(text),
  Status: foundInRow(status, statusIn),
  Online: online,
  LastSeen: orNone(instant),
  QueueDepth: expected(count),
  QueueStatus: withDefault(QueueStatus.tolerant, "Unknown"),
  NextRetryTime: nullable(instant),
  LastRequest: nullable(instant),
  LastResponse: nullable(CallbackResponseInfo),
  CallbackURL: nullable(text),
  SyncDirection: nullable(text),
  Today: nullable(DeliveryCounts),
  License: nullable(License),
  ClockDriftSeconds: nullable(measure),
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
  serverWait: "TimeoutSeconds",
  input: z.object({ DeviceSN, TimeoutSeconds: z.int32().min(1).max(10).default(5) }),
  output: answer({
    DeviceSN: expected(deviceSerial),
    Reachable: boolean,
    LatencyMs: nullable(count),
    LastSeen: orNone(instant),
    CheckedTime: expected(instant),
  }),
  sample: { DeviceSN: "SN7A2300583", TimeoutSeconds: 5 },
});

export const SyncDeviceTime = command("devices", "idempotent", {
  name: "SyncDeviceTime",
  input: z.object({
    ...commandOptions,
    DeviceSN: DeviceTargetsOrAll,
    DeviceTime: LocalDateTime.nullable().optional(),
  }),
  output: CommandEnvelope,
  sample: { DeviceSN: "ALL" },
});

export const RebootDevice = command("devices", "once", {
  name: "RebootDevice",
  input: z.object({ ...commandOptions, DeviceSN: DeviceTargets }),
  output: CommandEnvelope,
  sample: { DeviceSN: "SN7A2300583" },
});

export const ResetDeviceQueue = config("devices", "once", {
  name: "ResetDeviceQueue",
  input: z.object({ ...requestOptions, DeviceSN, Scope: QueueScope.exact.default("Commands") }),
  output: answer({
    DeviceSN: expected(deviceSerial),
    ClearedCommands: expected(count),
    RestartedCallbacks: expected(count),
    CancelledCommandIDs: expected(list(text)),
  }),
  sample: { DeviceSN: "SN7A2300583", Scope: "All" },
});

export const GetCommandStatus = read("devices", {
  name: "GetCommandStatus",
  input: z
    .object({ CommandID: OpaqueID.optional(), OperationID: OperationID.optional() })
    .superRefine(exactlyOne("CommandID", "OperationID")),
  output: CommandReport,
  sample: { CommandID: "cmd_01J9Z8N3T5" },
});
