import type { EventName } from "../contract/events.ts";

/*
 * The state of the simulated gateway. Members keep their wire spelling (`DeviceSN`, `2026-06-21 09:02:14`); instants are
 * milliseconds since 1970 UTC.
 */

/** Everything that the simulated gateway stores. */
export interface World {
  readonly devices: Map<string, SimDevice>;
  /** The gateway's merged records, by EmployeeCode. */
  readonly users: Map<string, SimUser>;
  /** In order of arrival. */
  readonly punches: SimPunch[];
  readonly accessEvents: SimAccessEvent[];
  readonly commands: Map<string, SimCommand>;
  readonly migrations: Map<string, SimMigration>;
  /** By CallbackURL. */
  readonly callbacks: Map<string, SimCallback>;
  /** Older punches that are generated when they are read and stored nowhere. */
  archive?: SimArchive;
}

/** Parameters from which older punches are generated. */
export interface SimArchive {
  readonly seed: number;
  readonly count: number;
  /** Wall-clock times of the start and the end. */
  readonly first: string;
  readonly end: string;
  readonly devices: readonly string[];
  readonly employees: readonly string[];
}

/** A terminal. */
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
  /** IDs of commands that are Queued or Sent, first in first out. */
  readonly queue: string[];
  /** Operations that the plan does not include, by status name (33, 35, 38 in the contract). */
  readonly denied: ReadonlySet<"loadUserNotAllowed" | "operationNotAllowed" | "loadLogNotAllowed">;
  /** How long the device takes to acknowledge a command, in milliseconds. */
  acknowledgeMs: number;
  /** What an offline device has recorded and not delivered yet. */
  unsent?: SimUnsent[];
  /** When a restarting device will reconnect. */
  returns?: number | null;
}

type SimUnsent =
  | { readonly kind: "punch"; readonly punch: SimPunch }
  | { readonly kind: "access"; readonly event: SimAccessEvent };

/** A door that a terminal controls. */
export interface SimDoor {
  readonly DoorNo: number;
  readonly DoorLabel: string;
  State: "Open" | "Closed" | "Unknown";
  LockState: "Locked" | "Unlocked" | "Unknown";
  Mode: "Normal" | "HoldOpen" | "HoldLocked";
  Alarm: "None" | "ForcedOpen" | "HeldOpen" | "Tamper" | "Input";
  readonly SensorPresent: boolean;
  lastChange: number | null;
  /** When the current pulse or hold ends on its own. */
  until?: number | null;
}

/** A credential of a user. */
export interface SimCredential {
  readonly Type: string;
  readonly Index: number;
  readonly Size: number;
  readonly Algorithm: string | null;
  readonly Data: string;
  readonly updated: number;
}

/** A user, as the gateway's record or as stored on a device. */
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

/** A user on a device. */
export interface SimEnrollment {
  readonly user: SimUser;
  syncStatus: "Synced" | "Pending" | "Failed";
  lastSync: number | null;
  pendingCommandId: string | null;
}

/** A punch. */
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

/** An entry of the access log. */
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

/** A command for one device. */
export interface SimCommand {
  readonly CommandID: string;
  readonly OperationID: string;
  readonly Operation: string;
  readonly DeviceSN: string;
  readonly EmployeeCode: string | null;
  CommandStatus: "Queued" | "Sent" | "Done" | "Failed" | "Expired" | "Cancelled";
  /** A status code of the contract. */
  StatusCode: number;
  readonly queued: number;
  sent: number | null;
  completed: number | null;
  readonly expires: number;
  Attempts: number;
  FailureReason: string | null;
  Result: Readonly<Record<string, unknown>> | null;
}

/** A migration and its progress. */
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

/** A registered callback. */
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

/** An event before delivery: all members except AuthToken, Time and Attempt. */
export interface SimEvent {
  readonly Event: EventName;
  readonly EventID: string;
  readonly DeviceSN: string;
  readonly [member: string]: unknown;
}
