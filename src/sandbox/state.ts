import type { EventName } from "../contract/events.ts";

/** What the simulated gateway knows. Wire spellings are kept (`DeviceSN`, `2026-06-21 09:02:14`); instants are milliseconds since 1970 UTC. */

export interface World {
  readonly devices: Map<string, SimDevice>;
  /** The gateway's merged records, by EmployeeCode. */
  readonly users: Map<string, SimUser>;
  /** In the order of arrival. */
  readonly punches: SimPunch[];
  readonly accessEvents: SimAccessEvent[];
  readonly commands: Map<string, SimCommand>;
  readonly migrations: Map<string, SimMigration>;
  /** By CallbackURL. */
  readonly callbacks: Map<string, SimCallback>;
  /** Older punches that are made when they are read, and held nowhere. */
  archive?: SimArchive;
}

export interface SimArchive {
  readonly seed: number;
  readonly count: number;
  /** Wall clocks of the first punch and of the end. */
  readonly first: string;
  readonly end: string;
  readonly devices: readonly string[];
  readonly employees: readonly string[];
}

export interface SimDevice {
  readonly DeviceSN: string;
  DeviceLabel: string;
  readonly Model: string;
  readonly Vendor: string | null;
  readonly TimeZone: string;
  readonly ClientName: string;
  online: boolean;
  lastSeen: number | null;
  /** Device clock minus true time, in seconds. */
  clockDriftSeconds: number;
  readonly license: { Valid: boolean; ValidUntil: string | null };
  readonly Firmware: string;
  readonly MACAddress: string;
  readonly IPAddress: string;
  readonly Algorithm: string | null;
  readonly capacity: Readonly<Record<"Users" | "Fingerprints" | "Faces" | "Cards" | "Passwords" | "Logs", number>>;
  readonly capabilities: Readonly<Record<string, boolean>>;
  readonly doors: SimDoor[];
  /** Users as on this device, by EmployeeCode. */
  readonly users: Map<string, SimEnrollment>;
  /** Ids of commands Queued or Sent, first in first out. */
  readonly queue: string[];
  /** Operations that the plan leaves out, by status name: 33, 35, 38 of the contract. */
  readonly denied: ReadonlySet<"loadUserNotAllowed" | "operationNotAllowed" | "loadLogNotAllowed">;
  /** How long the device takes to acknowledge a command. */
  acknowledgeMs: number;
  /** What an offline device has recorded and not delivered yet. */
  unsent?: SimUnsent[];
  /** When a restarting device will be back. */
  returns?: number | null;
}

type SimUnsent =
  | { readonly kind: "punch"; readonly punch: SimPunch }
  | { readonly kind: "access"; readonly event: SimAccessEvent };

export interface SimDoor {
  readonly DoorNo: number;
  readonly DoorLabel: string;
  State: "Open" | "Closed" | "Unknown";
  LockState: "Locked" | "Unlocked" | "Unknown";
  Mode: "Normal" | "HoldOpen" | "HoldLocked";
  Alarm: "None" | "ForcedOpen" | "HeldOpen" | "Tamper" | "Input";
  readonly SensorPresent: boolean;
  lastChange: number | null;
  /** When the pulse or hold at work ends by itself. */
  until?: number | null;
}

export interface SimCredential {
  readonly Type: string;
  readonly Index: number;
  readonly Size: number;
  readonly Algorithm: string | null;
  readonly Data: string;
  readonly updated: number;
}

export interface SimUser {
  readonly EmployeeCode: string;
  FirstName: string;
  LastName: string;
  UserType: "User" | "Admin" | "Operator";
  Enabled: boolean;
  ValidFrom: string | null;
  ValidTo: string | null;
  Privileges: readonly string[];
  AccessScheduleID: number | null;
  credentials: SimCredential[];
  photo: string | null;
  updated: number;
}

export interface SimEnrollment {
  readonly user: SimUser;
  syncStatus: "Synced" | "Pending" | "Failed";
  lastSync: number | null;
  pendingCommandId: string | null;
}

export interface SimPunch {
  readonly PunchID: string;
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly AttendanceLog: string;
  readonly UtcOffset: string;
  readonly Type: string;
  readonly Direction: string;
  readonly Temperature: number | null;
  readonly FaceMask: boolean | null;
  readonly HasPhoto: boolean;
  readonly received: number;
  readonly ClockSuspect: boolean;
}

export interface SimAccessEvent {
  readonly EventID: string;
  readonly DeviceSN: string;
  readonly DoorNo: number;
  readonly EventTime: string;
  readonly UtcOffset: string;
  readonly EventType: string;
  readonly EmployeeCode: string | null;
  readonly Type: string | null;
  readonly Direction: string | null;
  readonly Reason: string | null;
  readonly CommandID: string | null;
}

export interface SimCommand {
  readonly CommandID: string;
  readonly OperationID: string;
  readonly Operation: string;
  readonly DeviceSN: string;
  readonly EmployeeCode: string | null;
  CommandStatus: "Queued" | "Sent" | "Done" | "Failed" | "Expired" | "Cancelled";
  /** Status code of the contract. */
  StatusCode: number;
  readonly queued: number;
  sent: number | null;
  completed: number | null;
  readonly expires: number;
  Attempts: number;
  FailureReason: string | null;
  Result: Readonly<Record<string, unknown>> | null;
}

export interface SimMigration {
  readonly MigrationID: string;
  readonly Kind: "CopyUsers" | "DeviceReplacement" | "DataMigration";
  readonly SourceDeviceSN: string | null;
  readonly TargetDeviceSN: readonly string[];
  State: "NotStarted" | "InProgress" | "Completed" | "Failed";
  Total: number;
  Done: number;
  Failed: number;
  started: number | null;
  completed: number | null;
  FailureReason: string | null;
}

export interface SimCallback {
  readonly CallbackID: string;
  readonly CallbackURL: string;
  Events: readonly string[];
  DeviceSN: readonly string[] | null;
  token: string;
  securityKey: string | null;
  signingSecret: string | null;
  Active: boolean;
  readonly created: number;
}

/** An event before delivery: everything but EventHead's AuthToken, Time and Attempt. */
export interface SimEvent {
  readonly Event: EventName;
  readonly EventID: string;
  readonly DeviceSN: string;
  readonly [member: string]: unknown;
}
