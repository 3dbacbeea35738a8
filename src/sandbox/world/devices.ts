import type { SimDevice, SimDoor } from "../state.ts";
import { DAY, HOUR, MINUTE, toDate } from "../time.ts";
import { FEATURES, type Feature, HAWKING, MACRONIUM, type Model, MULTI_FACE, SLIM_BEAST } from "./models.ts";

interface DeviceSeed {
  readonly DeviceSN: string;
  readonly DeviceLabel: string;
  readonly model: Model;
  readonly TimeZone: string;
  /** In addition to those of the model. */
  readonly features?: readonly Feature[];
  readonly doors?: readonly Omit<SimDoor, "lastChange">[];
  /** How long ago the device was last seen; null for never. Absent if it is online. */
  readonly silentMs?: number | null;
  readonly clockDriftSeconds?: number;
  readonly licenseEndsInDays?: number;
  readonly denied?: readonly ("loadUserNotAllowed" | "loadLogNotAllowed" | "operationNotAllowed")[];
  readonly acknowledgeMs?: number;
  readonly capacity?: number;
}

const door = (DoorNo: number, DoorLabel: string, SensorPresent = true): Omit<SimDoor, "lastChange"> => ({
  DoorNo,
  DoorLabel,
  State: SensorPresent ? "Closed" : "Unknown",
  LockState: "Locked",
  Mode: "Normal",
  Alarm: "None",
  SensorPresent,
});

const DEVICE_SEEDS: readonly DeviceSeed[] = [
  {
    DeviceSN: "SN7A2300583",
    DeviceLabel: "Main Gate",
    model: HAWKING,
    TimeZone: "Asia/Kolkata",
    features: ["NumericUserIDOnly"],
    doors: [door(1, "Main Gate")],
    clockDriftSeconds: -12,
  },
  {
    DeviceSN: "SN7A2300584",
    DeviceLabel: "Side Gate",
    model: SLIM_BEAST,
    TimeZone: "Asia/Kolkata",
    features: ["NumericUserIDOnly"],
  },
  {
    DeviceSN: "SN7B1100201",
    DeviceLabel: "Plant North Turnstiles",
    model: MACRONIUM,
    TimeZone: "Europe/Berlin",
    features: ["Operator", "RemoteCapture"],
    doors: [door(1, "Turnstile A"), door(2, "Turnstile B"), door(3, "Turnstile C"), door(4, "Goods Door", false)],
    clockDriftSeconds: 2,
  },
  {
    DeviceSN: "SN7B1100202",
    DeviceLabel: "Berlin Office",
    model: MULTI_FACE,
    TimeZone: "Europe/Berlin",
    features: ["RemoteCapture"],
    doors: [door(1, "Street Door"), door(2, "Server Room")],
    acknowledgeMs: 4000,
  },
  {
    DeviceSN: "SN7C0400311",
    DeviceLabel: "New York Lobby",
    model: HAWKING,
    TimeZone: "America/New_York",
    features: ["RemoteCapture"],
    doors: [door(1, "Lobby"), door(2, "Freight Elevator", false)],
    clockDriftSeconds: 240,
  },
  {
    DeviceSN: "SN7C0400312",
    DeviceLabel: "New York Warehouse",
    model: SLIM_BEAST,
    TimeZone: "America/New_York",
    features: ["NumericUserIDOnly"],
    doors: [door(1, "Loading Dock")],
    silentMs: 3 * HOUR + 20 * MINUTE,
  },
  {
    DeviceSN: "SN7D0900041",
    DeviceLabel: "Singapore Lab",
    model: MACRONIUM,
    TimeZone: "Asia/Singapore",
    doors: [door(1, "Lab")],
    licenseEndsInDays: -12,
  },
  {
    DeviceSN: "SN7E0500077",
    DeviceLabel: "Canteen",
    model: MULTI_FACE,
    TimeZone: "Asia/Kolkata",
    features: ["NumericUserIDOnly"],
    denied: ["loadLogNotAllowed"],
    capacity: 40,
  },
  {
    DeviceSN: "SN7E0500078",
    DeviceLabel: "Tool Store",
    model: SLIM_BEAST,
    TimeZone: "Asia/Kolkata",
    denied: ["loadUserNotAllowed"],
    acknowledgeMs: 9000,
  },
  {
    DeviceSN: "SN7F0000009",
    DeviceLabel: "Spare terminal",
    model: MACRONIUM,
    TimeZone: "Europe/Berlin",
    doors: [door(1, "Door 1")],
    silentMs: null,
  },
];

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");

const createDevice = (deviceSeed: DeviceSeed, now: number, index: number): SimDevice => {
  const { model, doors = [], silentMs, capacity = model.users } = deviceSeed;
  const features = new Set<Feature>([...model.features, ...(deviceSeed.features ?? [])]);
  if (doors.length > 0) features.add("Door");
  if (doors.some((each) => each.SensorPresent)) features.add("DoorSensor");
  const has = (feature: Feature) => (features.has(feature) ? capacity : 0);
  const endsInDays = deviceSeed.licenseEndsInDays ?? 283;
  return {
    DeviceSN: deviceSeed.DeviceSN,
    DeviceLabel: deviceSeed.DeviceLabel,
    Model: model.name,
    Vendor: null,
    TimeZone: deviceSeed.TimeZone,
    ClientName: "Example Works",
    online: silentMs === undefined,
    lastSeen: silentMs === null ? null : now - (silentMs ?? 0),
    clockDriftSeconds: deviceSeed.clockDriftSeconds ?? 0,
    license: { Valid: endsInDays >= 0, ValidUntil: toDate(now + endsInDays * DAY, deviceSeed.TimeZone) },
    Firmware: model.firmware,
    MACAddress: `00:17:61:12:${hex(0x34 + (index >> 8))}:${hex((0x50 + index) & 0xff)}`,
    IPAddress: `192.0.2.${(17 + index) % 255}`,
    Algorithm: features.has("Fingerprint") ? "10" : null,
    capacity: {
      Users: capacity,
      Fingerprints: has("Fingerprint"),
      Faces: has("Face"),
      Cards: has("Card"),
      Passwords: has("Password"),
      Logs: 100_000,
    },
    capabilities: Object.fromEntries(FEATURES.map((feature) => [feature, features.has(feature)])),
    doors: doors.map((each) => ({ ...each, lastChange: silentMs === null ? null : now - HOUR })),
    users: new Map(),
    queue: [],
    denied: new Set(deviceSeed.denied ?? []),
    acknowledgeMs: deviceSeed.acknowledgeMs ?? 2000,
  };
};

/** One of many identical devices, by its index. */
const extraDevice = (index: number): DeviceSeed => ({
  DeviceSN: `SN7X${String(index + 1).padStart(7, "0")}`,
  DeviceLabel: `Terminal ${index + 1}`,
  model: HAWKING,
  TimeZone: "Asia/Kolkata",
  doors: [door(1, `Door ${index + 1}`)],
});

/** Creates the terminals of the seeded account and as many more as are missing from `count`, without any users. */
export const createDevices = (now: number, count: number): Map<string, SimDevice> => {
  const more = Array.from({ length: Math.max(0, count - DEVICE_SEEDS.length) }, (_, index) =>
    extraDevice(DEVICE_SEEDS.length + index),
  );
  return new Map(
    [...DEVICE_SEEDS, ...more].map((deviceSeed, index) => [deviceSeed.DeviceSN, createDevice(deviceSeed, now, index)]),
  );
};
