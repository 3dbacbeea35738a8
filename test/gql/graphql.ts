/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What happened at a door. */
export type AccessEventKind =
  /** The device did not let a person pass; `reason` says why, if the device reports it. */
  | 'ACCESS_DENIED'
  /** The device recognized a person and released the lock. */
  | 'ACCESS_GRANTED'
  /** The door leaf was closed. */
  | 'DOOR_CLOSED'
  /** The door leaf was opened although the lock was not released. */
  | 'DOOR_FORCED_OPEN'
  /** The door leaf stayed open longer than allowed. */
  | 'DOOR_HELD_OPEN'
  /** The door leaf was opened after a release of the lock. */
  | 'DOOR_OPENED'
  /** A person opened the door under threat and signaled it, for example with a finger that is enrolled for this. */
  | 'DURESS'
  /** Somebody inside released the lock with the exit button. */
  | 'EXIT_BUTTON'
  /** A hold ended and the door returned to normal. */
  | 'HOLD_RELEASED'
  /** A hold began: the door stays open or locked until it ends. */
  | 'HOLD_STARTED'
  /** The alarm input of the device became active. */
  | 'INPUT_ALARM'
  /** Something that this version of the schema does not know. It cannot be used to filter. */
  | 'OTHER'
  /** A command such as `lockDoor` locked the door. */
  | 'REMOTE_LOCK'
  /** A command such as `openDoor` released the lock. */
  | 'REMOTE_OPEN'
  /** The cover of the device was opened. */
  | 'TAMPER';

/** Whether the punches of a working day are complete. */
export type AttendanceDayStatus =
  /** The day has no punches. Only `includeAbsent: true` returns such days. */
  | 'ABSENT'
  /** The day has an entry without an exit, or the reverse. */
  | 'INCOMPLETE'
  /** The day has both an entry and an exit. */
  | 'PRESENT'
  /** The gateway does not report the status in a way that this schema knows. */
  | 'UNKNOWN';

/** What a command makes the device do. Each kind but `OTHER` comes from the mutation of the same name. */
export type CommandKind =
  /** Stores a new user on the device, or overwrites the user. */
  | 'ADD_USER'
  /** Copies users from another device to this device. */
  | 'COPY_USERS'
  /** Removes a user and the user's credentials from the device. */
  | 'DELETE_USER'
  /** Assigns a card to a user on the device. */
  | 'ENROLL_CARD'
  /** Stores a face on the device, or asks the person to present the face. */
  | 'ENROLL_FACE'
  /** Stores a fingerprint on the device, or asks the person to present the finger. */
  | 'ENROLL_FINGERPRINT'
  /** Locks a door of the device, holds it, or ends a hold. */
  | 'LOCK_DOOR'
  /** Releases a door of the device for some seconds. */
  | 'OPEN_DOOR'
  /** A kind that this version of the schema does not know. */
  | 'OTHER'
  /** Restarts the device; it succeeds when the device reconnects. */
  | 'REBOOT_DEVICE'
  /** Sends the gateway's copy of a user to the device again. */
  | 'RESEND_USER'
  /** Replaces an access schedule of the device. */
  | 'SET_ACCESS_SCHEDULE'
  /** Sets the PIN of a user on the device. */
  | 'SET_USER_PASSWORD'
  /** Sets the clock of the device. */
  | 'SYNC_DEVICE_TIME'
  /** Changes the profile of a user on the device. */
  | 'UPDATE_USER';

/** Options of a mutation that sends commands to devices. */
export type CommandOptions = {
  /** After how many seconds in the queue the command expires, from 5 to 604800. The default is 30 for door commands and 86400 for others. */
  expiresInSeconds?: number | null | undefined;
  /** Any string of at most 255 characters that identifies this request. The same key with the same input within 24 hours returns the first result and sends nothing again. An empty or blank key counts as not given. */
  idempotencyKey?: string | null | undefined;
  /** Whether an offline device may carry out the command later. The default is false for door commands and true for others. False is `INVALID_INPUT` if the input names no devices. */
  queueIfOffline?: boolean | null | undefined;
  /** Why the caller requests this, for the audit log. A door command also writes it to the door's log. */
  reason?: string | null | undefined;
  /** How many seconds to wait for the device, from 0 to 25. Commands that are not final by then are returned as `QUEUED` or `SENT`; those for a device that is known to be offline at once. */
  waitSeconds?: number;
};

/** The state of a command. `SUCCEEDED`, `FAILED`, `EXPIRED` and `CANCELLED` are final. */
export type CommandStatus =
  /** Cancelled by `resetDeviceQueue`. A command that was already sent may have taken effect. */
  | 'CANCELLED'
  /** The device did not come online in time. The command will not be carried out any more. */
  | 'EXPIRED'
  /** The device rejected the command or did not confirm it; see `failureReason`. A door may have moved if the connection was lost. */
  | 'FAILED'
  /** Accepted by the gateway and waiting for the device. Nothing has happened on the device yet. */
  | 'QUEUED'
  /** Sent to the device, which has not confirmed it yet. */
  | 'SENT'
  /** The device confirmed that it carried out the command. */
  | 'SUCCEEDED'
  /** The response was lost and the gateway does not know the command. Read it again later by its `id`; do not repeat the mutation with another idempotency key. */
  | 'UNKNOWN';

/** How a credential identifies a user. */
export type CredentialKind =
  /** Number of an RFID or proximity card, as digits. */
  | 'CARD'
  /** Template of the user's face. */
  | 'FACE'
  /** Template of one finger, identified by its `index`. */
  | 'FINGERPRINT'
  /** Template of the iris of an eye. */
  | 'IRIS'
  /** A kind that this version of the schema does not know. It cannot be used as input. */
  | 'OTHER'
  /** Template of the user's palm. */
  | 'PALM'
  /** PIN that the user enters, as digits. */
  | 'PASSWORD'
  /** Photo from which a face template was made. */
  | 'TEMPLATE_PHOTO'
  /** Portrait of the user, which devices display. */
  | 'USER_PHOTO'
  /** Template of the veins in a finger or palm. */
  | 'VEIN';

/** The devices to remove a user from: exactly one of these fields. */
export type DeleteUserDevices =
  {   /** True: remove the user from all devices that have the user. */
  everywhere: boolean; serialNumbers?: never; }
  |  { everywhere?: never;   /** Serial numbers of the devices to remove the user from, up to 100. */
  serialNumbers: Array<string>; };

/** The user to remove, and the devices to remove the user from. */
export type DeleteUserInput = {
  /** Code of the user to remove. Leading zeros matter. */
  employeeCode: string;
  /** The devices to remove the user from. */
  from: DeleteUserDevices;
  /** Idempotency key, expiry, and how long to wait for the device. Omit it to use the defaults. */
  options?: CommandOptions | null | undefined;
};

/** Something that a device can do, or a restriction that it has. */
export type DeviceCapability =
  /** The device reads RFID or proximity cards. */
  | 'CARD'
  /** The device controls at least one door. */
  | 'DOOR'
  /** The device has a sensor that reports whether a door is open. */
  | 'DOOR_SENSOR'
  /** The device recognizes people by face. */
  | 'FACE'
  /** The device recognizes people by fingerprint. */
  | 'FINGERPRINT'
  /** The device accepts only employee codes of up to 8 digits. */
  | 'NUMERIC_EMPLOYEE_CODE'
  /** The device knows the role `OPERATOR`. */
  | 'OPERATOR'
  /** A capability that this version of the schema does not know. */
  | 'OTHER'
  /** The device recognizes people by palm. */
  | 'PALM'
  /** The device accepts a PIN. */
  | 'PASSWORD'
  /** The device takes a photo with each punch. */
  | 'PHOTO'
  /** The device can ask a person for a finger or face on request, with `capture: true`. */
  | 'REMOTE_CAPTURE'
  /** The device applies access schedules. */
  | 'SCHEDULE';

/** Connection state of a device. */
export type DeviceStatus =
  /** The device is connected, but its events are stuck, its clock is wrong or its license expired. */
  | 'DEGRADED'
  /** The device is not connected. Commands wait for it until they expire. */
  | 'OFFLINE'
  /** The device is connected and carries out commands. */
  | 'ONLINE'
  /** The device was never connected, or its state is not reported. */
  | 'UNKNOWN';

/** The alarm that is active at a door. */
export type DoorAlarm =
  /** The door was opened although the lock was not released. */
  | 'FORCED_OPEN'
  /** The door has stayed open longer than allowed. */
  | 'HELD_OPEN'
  /** The alarm input of the device is active. */
  | 'INPUT'
  /** No alarm is active at the door. */
  | 'NO_ALARM'
  /** The device reports an alarm that this version of the schema does not know. */
  | 'OTHER'
  /** The cover of the device was opened. */
  | 'TAMPER';

/** What decides whether the lock of a door is released. */
export type DoorMode =
  /** The lock stays engaged until the hold ends, even for people who are allowed to enter. */
  | 'HOLD_LOCKED'
  /** The lock stays released for everybody until the hold ends. */
  | 'HOLD_OPEN'
  /** Credentials and access schedules release the lock. */
  | 'NORMAL'
  /** The device does not report the mode. */
  | 'UNKNOWN';

/** Position of the door leaf, as the door sensor reports it. It is independent of the lock. */
export type DoorState =
  /** The sensor reports that the leaf is closed. */
  | 'CLOSED'
  /** The sensor reports that the leaf is open. */
  | 'OPEN'
  /** The door has no sensor, or the last report is more than 60 seconds old because the device is offline. */
  | 'UNKNOWN';

/** The kinds of events that the gateway pushes. Doors have none; query `accessEvents` for them. */
export type GatewayEventKind =
  /** The status or health of a device changed. See `DeviceStatusChanged`. */
  | 'DEVICE_STATUS_CHANGED'
  /** A user or a credential on a device changed, or the change failed. See `EnrollmentUpdated`. */
  | 'ENROLLMENT_UPDATED'
  /** A device reported a punch. See `PunchAdded`. */
  | 'PUNCH_ADDED';

/** State of the lock. It is independent of the door leaf: an open door can be locked. */
export type LockState =
  /** The lock is engaged and keeps a closed door shut. */
  | 'LOCKED'
  /** The device does not report the lock, or the last report is more than 60 seconds old because the device is offline. */
  | 'UNKNOWN'
  /** The lock is released, for a moment or for a hold. */
  | 'UNLOCKED';

/** State of a transfer of users or data between devices. */
export type MigrationState =
  /** The migration ended. See `failed` for items that were rejected. */
  | 'COMPLETED'
  /** The migration was given up; see `failureReason`. */
  | 'FAILED'
  /** The gateway is transferring items; see `progress`. */
  | 'IN_PROGRESS'
  /** The migration is accepted and waits for its devices. */
  | 'NOT_STARTED'
  /** The gateway does not report the state of the migration. */
  | 'UNKNOWN';

/** The door that `openDoor` opens, and for how long. */
export type OpenDoorInput = {
  /** Number of the door on its device, from 1; see `Door.number`. */
  doorNumber?: number;
  /** How many seconds the lock stays released, from 1 to 254. */
  durationSeconds?: number;
  /** Idempotency key, waiting time, expiry, and the reason for the access log. Without options the command expires after 30 seconds, and is not queued for a device that is known to be offline. */
  options?: CommandOptions | null | undefined;
  /** Serial number of the device that drives the door. */
  serialNumber: string;
};

/** Whether a person came or left, as the device classified the punch. Many devices classify unreliably or not at all; `attendanceDays` derives working days without relying on it. */
export type PunchDirection =
  /** The person came back from a break. */
  | 'BREAK_IN'
  /** The person went out for a break. */
  | 'BREAK_OUT'
  /** The person came in and started to work. */
  | 'CHECK_IN'
  /** The person finished work and went out. */
  | 'CHECK_OUT'
  /** The person came back from a meal. */
  | 'MEAL_IN'
  /** The person went out for a meal. */
  | 'MEAL_OUT'
  /** The person came in and started overtime. */
  | 'OVERTIME_IN'
  /** The person finished overtime and went out. */
  | 'OVERTIME_OUT'
  /** The device did not classify the punch. */
  | 'UNCLASSIFIED';

/** State of the queue in which the gateway keeps the events of a device until they are delivered. */
export type QueueStatus =
  /** All events of the device are delivered. */
  | 'IDLE'
  /** The gateway is delivering events of the device. */
  | 'PROCESSING'
  /** An event could not be delivered and blocks those behind it. The gateway tries again by itself. */
  | 'STUCK'
  /** The gateway does not report the state of the queue. */
  | 'UNKNOWN';

/** The devices whose clocks to set, and the time. */
export type SyncDeviceTimeInput = {
  /** Idempotency key, expiry, and how long to wait for the device. Omit it to use the defaults. */
  options?: CommandOptions | null | undefined;
  /** Serial numbers of the devices, up to 100. Omit it to set the clocks of all devices. */
  serialNumbers?: Array<string> | null | undefined;
  /** Wall-clock time to set on every device. Omit it to set the current time in each device's time zone. */
  time?: string | null | undefined;
};

/** Whether a device stores the user as the gateway has it. */
export type SyncState =
  /** The device rejected the latest change. Send it again with `resendUser`. */
  | 'FAILED'
  /** A change of the user waits for the device or is under way. */
  | 'PENDING'
  /** The device confirmed the latest change of the user. */
  | 'SYNCED'
  /** The gateway does not report whether the device is up to date. */
  | 'UNKNOWN';

/** Machine-readable reasons why a mutation did not do everything that the caller requested. */
export type UserErrorCode =
  /** The account has no device with this serial number. Nothing was sent to any device. */
  | 'DEVICE_NOT_FOUND'
  /** The device was reported offline within the last minute and `queueIfOffline` is false; nothing was sent to it. */
  | 'DEVICE_OFFLINE'
  /** The device has no door with this number. */
  | 'DOOR_NOT_FOUND'
  /** The idempotency key was used with other input within 24 hours. Use a new key. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** An input field is malformed or out of range; see `path`. */
  | 'INVALID_INPUT'
  /** The gateway's plan, license or device pairing excludes the operation. Contact the account's owner. */
  | 'NOT_ALLOWED'
  /** The gateway rejected the request for another reason; see `message`. */
  | 'OTHER'
  /** The gateway received too many requests, even after waiting. Try again after `retryAfterSeconds`. */
  | 'RATE_LIMITED'
  /** The gateway has no user with this employee code. Nothing was sent to any device. */
  | 'USER_NOT_FOUND';

/** What a user may do at a device. */
export type UserRole =
  /** May also change the settings of the device. */
  | 'ADMIN'
  /** May also enroll others, on devices with the capability `OPERATOR`. */
  | 'OPERATOR'
  /** A role that this version of the schema does not know. It cannot be used as input. */
  | 'OTHER'
  /** May punch and pass doors, without access to the menu of the device. */
  | 'USER';

/** How the device recognized a person. */
export type VerificationMethod =
  /** The person presented a card. */
  | 'CARD'
  /** The device recognized the person's face. */
  | 'FACE'
  /** The person presented an enrolled finger. */
  | 'FINGERPRINT'
  /** The device recognized the person's iris. */
  | 'IRIS'
  /** The device used another method, or one that this version of the schema does not know. */
  | 'OTHER'
  /** The device recognized the person's palm. */
  | 'PALM'
  /** The person typed a password or PIN. */
  | 'PASSWORD'
  /** The device recognized the person's retina. */
  | 'RETINA'
  /** The device recognized the person's finger or palm veins. */
  | 'VEIN';

export type AddUserMutationVariables = Exact<{ [key: string]: never; }>;


export type AddUserMutation = { addUser: { user: { employeeCode: string, name: string | null, devices: { edges: Array<{ node: { serialNumber: string, name: string | null }, enrollment: { syncState: SyncState | null, pendingCommand: { id: string } | null } }> } | null } | null, commands: Array<{ id: string, status: CommandStatus, failureReason: string | null, device: { serialNumber: string } }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type CheckDeviceHealthQueryVariables = Exact<{ [key: string]: never; }>;


export type CheckDeviceHealthQuery = { devices: { nodes: Array<{ name: string | null, status: DeviceStatus | null, health: { queueDepth: number | null, queueStatus: QueueStatus, clockDriftSeconds: number | null, lastSeenAt: string | null, checkedAt: string } | null }> } | null };

export type CopyUsersMutationVariables = Exact<{ [key: string]: never; }>;


export type CopyUsersMutation = { copyUsers: { migration: { id: string, state: MigrationState, progress: number | null, total: number | null, done: number | null, failed: number | null } | null, commands: Array<{ id: string, status: CommandStatus, device: { serialNumber: string } }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type DeleteUserMutationVariables = Exact<{ [key: string]: never; }>;


export type DeleteUserMutation = { deleteUser: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null, device: { serialNumber: string, name: string | null, status: DeviceStatus | null } }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { key: string, code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type EnrollCardMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrollCardMutation = { enrollCard: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type EnrollFaceMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrollFaceMutation = { enrollFace: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type EnrollFingerprintMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrollFingerprintMutation = { enrollFingerprint: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type ExportAttendanceQueryVariables = Exact<{ [key: string]: never; }>;


export type ExportAttendanceQuery = { attendanceExport: { url: string, expiresAt: string } | null };

export type FindUserQueryVariables = Exact<{
  employeeCode?: string;
}>;


export type FindUserQuery = { user: { id: string, name: string | null, role: UserRole | null, enabled: boolean | null, validFrom: string | null, validTo: string | null, privileges: Array<string> | null, accessScheduleId: number | null, updatedAt: string | null, credentials: Array<{ kind: CredentialKind, index: number, algorithm: string | null, updatedAt: string | null }> | null } | null };

export type GetAccessEventsQueryVariables = Exact<{ [key: string]: never; }>;


export type GetAccessEventsQuery = { accessEvents: { totalCount: number | null, nodes: Array<{ id: string, kind: AccessEventKind, at: string | null, localTime: string, reason: string | null, method: VerificationMethod | null, user: { employeeCode: string, name: string | null } | null, door: { number: number, name: string | null, device: { name: string | null } } | null }> } | null };

export type GetAttendanceByDateQueryVariables = Exact<{
  from?: string;
  to?: string;
  after?: string | null | undefined;
}>;


export type GetAttendanceByDateQuery = { punches: { totalCount: number | null, nodes: Array<{ id: string, at: string | null, localTime: string, utcOffset: string | null, direction: PunchDirection, method: VerificationMethod, clockSuspect: boolean, user: { employeeCode: string, name: string | null }, device: { serialNumber: string, name: string | null } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type GetAttendanceByDeviceQueryVariables = Exact<{
  serialNumber?: string;
}>;


export type GetAttendanceByDeviceQuery = { device: { name: string | null, punches: { nodes: Array<{ localTime: string, direction: PunchDirection, temperature: number | null, faceMask: boolean | null, user: { employeeCode: string, name: string | null } }> } | null } | null };

export type GetAttendanceByEmployeeQueryVariables = Exact<{
  employeeCode?: string;
}>;


export type GetAttendanceByEmployeeQuery = { user: { name: string | null, punches: { totalCount: number | null, edges: Array<{ cursor: string, node: { localTime: string, direction: PunchDirection, device: { name: string | null } } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null } | null };

export type GetAttendancePhotoQueryVariables = Exact<{ [key: string]: never; }>;


export type GetAttendancePhotoQuery = { device: { punches: { nodes: Array<{ localTime: string, method: VerificationMethod, photo: { url: string, expiresAt: string } | null }> } | null } | null };

export type GetAttendanceSummaryQueryVariables = Exact<{ [key: string]: never; }>;


export type GetAttendanceSummaryQuery = { attendanceDays: { totalCount: number | null, nodes: Array<{ date: string, status: AttendanceDayStatus, workedMinutes: number | null, breakMinutes: number | null, hours: number | null, firstIn: { localTime: string, device: { name: string | null } | null } | null, lastOut: { localTime: string } | null, user: { employeeCode: string, name: string | null } }> } | null };

export type GetCommandStatusQueryVariables = Exact<{
  operationId?: string;
}>;


export type GetCommandStatusQuery = { commands: Array<{ id: string, kind: CommandKind, status: CommandStatus, statusCode: number | null, failureReason: string | null, queuePosition: number | null, attempts: number | null, queuedAt: string | null, completedAt: string | null, expiresAt: string | null, device: { serialNumber: string, name: string | null } }> | null };

export type GetDeviceInfoQueryVariables = Exact<{ [key: string]: never; }>;


export type GetDeviceInfoQuery = { device: { name: string | null, model: string | null, info: { firmware: string, capabilities: Array<DeviceCapability>, users: { used: number | null, capacity: number | null } | null, fingerprints: { used: number | null, capacity: number | null } | null, punches: { used: number | null, capacity: number | null } | null } | null } | null };

export type GetDoorStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type GetDoorStatusQuery = { door: { id: string, name: string | null, state: DoorState | null, lock: LockState | null, mode: DoorMode | null, alarm: DoorAlarm | null, sensorPresent: boolean | null, changedAt: string | null, asOf: string | null, device: { name: string | null, status: DeviceStatus | null } } | null };

export type GetFirstInLastOutQueryVariables = Exact<{ [key: string]: never; }>;


export type GetFirstInLastOutQuery = { attendanceDays: { nodes: Array<{ date: string, user: { employeeCode: string, name: string | null }, firstIn: { at: string | null, localTime: string } | null, lastOut: { at: string | null, localTime: string } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type GetTodayAttendanceQueryVariables = Exact<{ [key: string]: never; }>;


export type GetTodayAttendanceQuery = { attendanceToday: { date: string | null, asOf: string | null, punches: { totalCount: number | null, nodes: Array<{ localTime: string, direction: PunchDirection, user: { employeeCode: string, name: string | null }, device: { name: string | null, status: DeviceStatus | null, doors: Array<{ name: string | null, state: DoorState | null }> | null } }> } } | null };

export type ListDevicesQueryVariables = Exact<{
  status?: DeviceStatus | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDevicesQuery = { devices: { totalCount: number | null, nodes: Array<{ id: string, serialNumber: string, name: string | null, model: string | null, status: DeviceStatus | null, lastSeenAt: string | null, timeZone: string | null, licensed: boolean | null, licensedUntil: string | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type ListUserDevicesQueryVariables = Exact<{ [key: string]: never; }>;


export type ListUserDevicesQuery = { user: { devices: { edges: Array<{ node: { serialNumber: string, name: string | null, status: DeviceStatus | null }, enrollment: { syncState: SyncState | null, credentialKinds: Array<CredentialKind> | null, lastSyncedAt: string | null, pendingCommand: { id: string, status: CommandStatus } | null } }> } | null } | null };

export type ListUsersQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ListUsersQuery = { device: { users: { totalCount: number | null, edges: Array<{ cursor: string, node: { employeeCode: string, name: string | null }, enrollment: { role: UserRole | null, credentialKinds: Array<CredentialKind> | null } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null } | null };

export type LockDoorMutationVariables = Exact<{ [key: string]: never; }>;


export type LockDoorMutation = { lockDoor: { door: { lock: LockState | null, mode: DoorMode | null } | null, command: { id: string, status: CommandStatus } | null, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type MigrationStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type MigrationStatusQuery = { migrations: Array<{ id: string, state: MigrationState, progress: number | null, total: number | null, done: number | null, failed: number | null, startedAt: string | null, completedAt: string | null, failureReason: string | null, source: { serialNumber: string, name: string | null } | null, targets: Array<{ serialNumber: string, name: string | null }> | null }> | null };

export type OpenDoorMutationVariables = Exact<{ [key: string]: never; }>;


export type OpenDoorMutation = { openDoor: { door: { id: string, state: DoorState | null, lock: LockState | null, alarm: DoorAlarm | null } | null, command: { id: string, status: CommandStatus, statusCode: number | null, failureReason: string | null, queuedAt: string | null, expiresAt: string | null, completedAt: string | null, attempts: number | null } | null, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { retryAfterSeconds: number, code: UserErrorCode, message: string, path: Array<string> | null }
      | { statusCode: number | null, code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type PingConnectionQueryVariables = Exact<{ [key: string]: never; }>;


export type PingConnectionQuery = { device: { ping: { reachable: boolean, latencyMs: number | null, lastSeenAt: string | null, checkedAt: string | null } | null } | null };

export type RebootDeviceMutationVariables = Exact<{ [key: string]: never; }>;


export type RebootDeviceMutation = { rebootDevice: { devices: Array<{ serialNumber: string, name: string | null }>, commands: Array<{ id: string, status: CommandStatus }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type RegisterCallbackMutationVariables = Exact<{ [key: string]: never; }>;


export type RegisterCallbackMutation = { registerCallback: { callback: { id: string, url: string, events: Array<GatewayEventKind> | null, active: boolean, createdAt: string | null, devices: Array<{ serialNumber: string }> | null } | null, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type ResendUserMutationVariables = Exact<{ [key: string]: never; }>;


export type ResendUserMutation = { resendUser: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type ResetDeviceQueueMutationVariables = Exact<{ [key: string]: never; }>;


export type ResetDeviceQueueMutation = { resetDeviceQueue: { restartedCallbacks: number | null, device: { name: string | null } | null, commands: Array<{ id: string, kind: CommandKind, status: CommandStatus }> | null, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type SetAccessScheduleMutationVariables = Exact<{ [key: string]: never; }>;


export type SetAccessScheduleMutation = { setAccessSchedule: { scheduleId: number | null, commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type SetUserPasswordMutationVariables = Exact<{
  password?: string;
}>;


export type SetUserPasswordMutation = { setUserPassword: { commands: Array<{ id: string, status: CommandStatus, failureReason: string | null }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type SyncDeviceTimeMutationVariables = Exact<{ [key: string]: never; }>;


export type SyncDeviceTimeMutation = { syncDeviceTime: { commands: Array<{ status: CommandStatus, driftSeconds: number | null, device: { serialNumber: string, name: string | null } }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type UpdateUserMutationVariables = Exact<{ [key: string]: never; }>;


export type UpdateUserMutation = { updateUser: { user: { name: string | null, enabled: boolean | null, validTo: string | null } | null, commands: Array<{ status: CommandStatus, failureReason: string | null, device: { serialNumber: string, name: string | null } }>, userErrors: Array<
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
      | { code: UserErrorCode, message: string, path: Array<string> | null }
    > } };

export type PunchesTodayQueryVariables = Exact<{ [key: string]: never; }>;


export type PunchesTodayQuery = { attendanceToday: { cursor: string, punches: { nodes: Array<{ id: string, localTime: string, user: { id: string, employeeCode: string, name: string | null } }> } } | null };

export type PunchesAddedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type PunchesAddedSubscription = { punchAdded: { cursor: string, gap: boolean, replayed: boolean, punch: { id: string, localTime: string, user: { id: string, employeeCode: string, name: string | null } } } };

export type ClientOpenDoorMutationVariables = Exact<{
  input: OpenDoorInput;
}>;


export type ClientOpenDoorMutation = { openDoor: { command: { id: string, status: CommandStatus } | null, userErrors: Array<
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
    > } };

export type ClientSyncTimeMutationVariables = Exact<{
  input: SyncDeviceTimeInput;
}>;


export type ClientSyncTimeMutation = { syncDeviceTime: { commands: Array<{ id: string, status: CommandStatus }>, userErrors: Array<
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
    > } };

export type ClientDeleteUserMutationVariables = Exact<{
  input: DeleteUserInput;
}>;


export type ClientDeleteUserMutation = { deleteUser: { commands: Array<{ id: string, status: CommandStatus }>, userErrors: Array<
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
    > } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const AddUserDocument = new TypedDocumentString(`
    mutation AddUser {
  addUser(
    input: {employeeCode: "90001", firstName: "Ravi", lastName: "K", serialNumbers: ["SN7A2300583", "SN7A2300584"], validTo: "2026-12-31T23:59:59", templates: [{kind: CARD, data: "0012345678"}], options: {idempotencyKey: "example-add-90001", waitSeconds: 5}}
  ) {
    user {
      employeeCode
      name
      devices {
        edges {
          node {
            serialNumber
            name
          }
          enrollment {
            syncState
            pendingCommand {
              id
            }
          }
        }
      }
    }
    commands {
      id
      status
      failureReason
      device {
        serialNumber
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<AddUserMutation, AddUserMutationVariables>;
export const CheckDeviceHealthDocument = new TypedDocumentString(`
    query CheckDeviceHealth {
  devices(first: 100) {
    nodes {
      name
      status
      health {
        queueDepth
        queueStatus
        clockDriftSeconds
        lastSeenAt
        checkedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CheckDeviceHealthQuery, CheckDeviceHealthQueryVariables>;
export const CopyUsersDocument = new TypedDocumentString(`
    mutation CopyUsers {
  copyUsers(
    input: {sourceSerialNumber: "SN7A2300583", targetSerialNumbers: ["SN7A2300584"], employeeCodes: ["1042"], options: {waitSeconds: 0}}
  ) {
    migration {
      id
      state
      progress
      total
      done
      failed
    }
    commands {
      id
      status
      device {
        serialNumber
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<CopyUsersMutation, CopyUsersMutationVariables>;
export const DeleteUserDocument = new TypedDocumentString(`
    mutation DeleteUser {
  deleteUser(
    input: {employeeCode: "90001", from: {everywhere: true}, options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
      device {
        serialNumber
        name
        status
      }
    }
    userErrors {
      code
      message
      path
      ... on GatewayNotFoundError {
        key
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteUserMutation, DeleteUserMutationVariables>;
export const EnrollCardDocument = new TypedDocumentString(`
    mutation EnrollCard {
  enrollCard(
    input: {employeeCode: "1042", serialNumbers: ["SN7A2300583"], cardNumber: "0012345679", options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<EnrollCardMutation, EnrollCardMutationVariables>;
export const EnrollFaceDocument = new TypedDocumentString(`
    mutation EnrollFace {
  enrollFace(
    input: {employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: {photo: "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="}, options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<EnrollFaceMutation, EnrollFaceMutationVariables>;
export const EnrollFingerprintDocument = new TypedDocumentString(`
    mutation EnrollFingerprint {
  enrollFingerprint(
    input: {employeeCode: "1042", serialNumbers: ["SN7A2300583"], index: 6, source: {template: {data: "Rk1SACAyMAAAAAAkAAA="}}, options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<EnrollFingerprintMutation, EnrollFingerprintMutationVariables>;
export const ExportAttendanceDocument = new TypedDocumentString(`
    query ExportAttendance {
  attendanceExport(
    from: "2026-06-01T00:00:00"
    to: "2026-06-21T00:00:00"
    format: CSV
    columns: ["EmployeeCode", "AttendanceLog", "Direction"]
  ) {
    url
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<ExportAttendanceQuery, ExportAttendanceQueryVariables>;
export const FindUserDocument = new TypedDocumentString(`
    query FindUser($employeeCode: String! = "1042") {
  user(employeeCode: $employeeCode) {
    id
    name
    role
    enabled
    validFrom
    validTo
    privileges
    accessScheduleId
    credentials {
      kind
      index
      algorithm
      updatedAt
    }
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<FindUserQuery, FindUserQueryVariables>;
export const GetAccessEventsDocument = new TypedDocumentString(`
    query GetAccessEvents {
  accessEvents(
    from: "2026-06-14T00:00:00"
    to: "2026-06-21T00:00:00"
    kinds: [ACCESS_DENIED, DOOR_FORCED_OPEN, DOOR_HELD_OPEN]
    order: DESC
  ) {
    totalCount
    nodes {
      id
      kind
      at
      localTime
      reason
      method
      user {
        employeeCode
        name
      }
      door {
        number
        name
        device {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetAccessEventsQuery, GetAccessEventsQueryVariables>;
export const GetAttendanceByDateDocument = new TypedDocumentString(`
    query GetAttendanceByDate($from: LocalDateTime! = "2026-06-20T00:00:00", $to: LocalDateTime! = "2026-06-21T00:00:00", $after: String) {
  punches(from: $from, to: $to, order: DESC, first: 100, after: $after) {
    totalCount
    nodes {
      id
      at
      localTime
      utcOffset
      direction
      method
      clockSuspect
      user {
        employeeCode
        name
      }
      device {
        serialNumber
        name
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<GetAttendanceByDateQuery, GetAttendanceByDateQueryVariables>;
export const GetAttendanceByDeviceDocument = new TypedDocumentString(`
    query GetAttendanceByDevice($serialNumber: String! = "SN7A2300583") {
  device(serialNumber: $serialNumber) {
    name
    punches(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", first: 50) {
      nodes {
        localTime
        direction
        user {
          employeeCode
          name
        }
        temperature
        faceMask
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetAttendanceByDeviceQuery, GetAttendanceByDeviceQueryVariables>;
export const GetAttendanceByEmployeeDocument = new TypedDocumentString(`
    query GetAttendanceByEmployee($employeeCode: String! = "1042") {
  user(employeeCode: $employeeCode) {
    name
    punches(
      from: "2026-06-01T00:00:00"
      to: "2026-07-01T00:00:00"
      order: DESC
      first: 25
    ) {
      totalCount
      edges {
        cursor
        node {
          localTime
          direction
          device {
            name
          }
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetAttendanceByEmployeeQuery, GetAttendanceByEmployeeQueryVariables>;
export const GetAttendancePhotoDocument = new TypedDocumentString(`
    query GetAttendancePhoto {
  device(serialNumber: "SN7A2300583") {
    punches(from: "2026-06-19T00:00:00", to: "2026-06-21T00:00:00", first: 50) {
      nodes {
        localTime
        method
        photo {
          url
          expiresAt
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetAttendancePhotoQuery, GetAttendancePhotoQueryVariables>;
export const GetAttendanceSummaryDocument = new TypedDocumentString(`
    query GetAttendanceSummary {
  attendanceDays(
    from: "2026-06-01"
    to: "2026-06-20"
    employeeCodes: ["1042"]
    dayStart: "05:00"
    includeAbsent: true
    first: 100
  ) {
    totalCount
    nodes {
      date
      status
      workedMinutes
      breakMinutes
      hours
      firstIn {
        localTime
        device {
          name
        }
      }
      lastOut {
        localTime
      }
      user {
        employeeCode
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetAttendanceSummaryQuery, GetAttendanceSummaryQueryVariables>;
export const GetCommandStatusDocument = new TypedDocumentString(`
    query GetCommandStatus($operationId: String! = "example-visit-4711") {
  commands(operationId: $operationId) {
    id
    kind
    status
    statusCode
    failureReason
    queuePosition
    attempts
    queuedAt
    completedAt
    expiresAt
    device {
      serialNumber
      name
    }
  }
}
    `) as unknown as TypedDocumentString<GetCommandStatusQuery, GetCommandStatusQueryVariables>;
export const GetDeviceInfoDocument = new TypedDocumentString(`
    query GetDeviceInfo {
  device(serialNumber: "SN7A2300583") {
    name
    model
    info {
      firmware
      capabilities
      users {
        used
        capacity
      }
      fingerprints {
        used
        capacity
      }
      punches {
        used
        capacity
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetDeviceInfoQuery, GetDeviceInfoQueryVariables>;
export const GetDoorStatusDocument = new TypedDocumentString(`
    query GetDoorStatus {
  door(serialNumber: "SN7A2300583", number: 1) {
    id
    name
    state
    lock
    mode
    alarm
    sensorPresent
    changedAt
    asOf
    device {
      name
      status
    }
  }
}
    `) as unknown as TypedDocumentString<GetDoorStatusQuery, GetDoorStatusQueryVariables>;
export const GetFirstInLastOutDocument = new TypedDocumentString(`
    query GetFirstInLastOut {
  attendanceDays(from: "2026-06-19", to: "2026-06-20", first: 200) {
    nodes {
      date
      user {
        employeeCode
        name
      }
      firstIn {
        at
        localTime
      }
      lastOut {
        at
        localTime
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<GetFirstInLastOutQuery, GetFirstInLastOutQueryVariables>;
export const GetTodayAttendanceDocument = new TypedDocumentString(`
    query GetTodayAttendance {
  attendanceToday {
    date
    asOf
    punches(first: 10) {
      totalCount
      nodes {
        localTime
        direction
        user {
          employeeCode
          name
        }
        device {
          name
          status
          doors {
            name
            state
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GetTodayAttendanceQuery, GetTodayAttendanceQueryVariables>;
export const ListDevicesDocument = new TypedDocumentString(`
    query ListDevices($status: DeviceStatus, $after: String) {
  devices(status: $status, first: 100, after: $after) {
    totalCount
    nodes {
      id
      serialNumber
      name
      model
      status
      lastSeenAt
      timeZone
      licensed
      licensedUntil
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<ListDevicesQuery, ListDevicesQueryVariables>;
export const ListUserDevicesDocument = new TypedDocumentString(`
    query ListUserDevices {
  user(employeeCode: "1042") {
    devices {
      edges {
        node {
          serialNumber
          name
          status
        }
        enrollment {
          syncState
          credentialKinds
          lastSyncedAt
          pendingCommand {
            id
            status
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListUserDevicesQuery, ListUserDevicesQueryVariables>;
export const ListUsersDocument = new TypedDocumentString(`
    query ListUsers($after: String) {
  device(serialNumber: "SN7A2300583") {
    users(first: 100, after: $after) {
      totalCount
      edges {
        cursor
        node {
          employeeCode
          name
        }
        enrollment {
          role
          credentialKinds
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListUsersQuery, ListUsersQueryVariables>;
export const LockDoorDocument = new TypedDocumentString(`
    mutation LockDoor {
  lockDoor(
    input: {serialNumber: "SN7A2300583", mode: HOLD_LOCKED, holdSeconds: 3600, options: {waitSeconds: 8, reason: "fire drill over"}}
  ) {
    door {
      lock
      mode
    }
    command {
      id
      status
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<LockDoorMutation, LockDoorMutationVariables>;
export const MigrationStatusDocument = new TypedDocumentString(`
    query MigrationStatus {
  migrations {
    id
    state
    progress
    total
    done
    failed
    source {
      serialNumber
      name
    }
    targets {
      serialNumber
      name
    }
    startedAt
    completedAt
    failureReason
  }
}
    `) as unknown as TypedDocumentString<MigrationStatusQuery, MigrationStatusQueryVariables>;
export const OpenDoorDocument = new TypedDocumentString(`
    mutation OpenDoor {
  openDoor(
    input: {serialNumber: "SN7A2300583", doorNumber: 1, durationSeconds: 5, options: {idempotencyKey: "example-visit-4711", waitSeconds: 8, reason: "courier"}}
  ) {
    door {
      id
      state
      lock
      alarm
    }
    command {
      id
      status
      statusCode
      failureReason
      queuedAt
      expiresAt
      completedAt
      attempts
    }
    userErrors {
      code
      message
      path
      ... on GatewayRefusedError {
        statusCode
      }
      ... on GatewayRateLimitError {
        retryAfterSeconds
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OpenDoorMutation, OpenDoorMutationVariables>;
export const PingConnectionDocument = new TypedDocumentString(`
    query PingConnection {
  device(serialNumber: "SN7A2300583") {
    ping(timeoutSeconds: 3) {
      reachable
      latencyMs
      lastSeenAt
      checkedAt
    }
  }
}
    `) as unknown as TypedDocumentString<PingConnectionQuery, PingConnectionQueryVariables>;
export const RebootDeviceDocument = new TypedDocumentString(`
    mutation RebootDevice {
  rebootDevice(input: {serialNumbers: ["SN7A2300584"], options: {waitSeconds: 0}}) {
    devices {
      serialNumber
      name
    }
    commands {
      id
      status
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<RebootDeviceMutation, RebootDeviceMutationVariables>;
export const RegisterCallbackDocument = new TypedDocumentString(`
    mutation RegisterCallback {
  registerCallback(
    input: {url: "https://hr.example.com/hooks/biometric", events: [PUNCH_ADDED, ENROLLMENT_UPDATED]}
  ) {
    callback {
      id
      url
      events
      active
      createdAt
      devices {
        serialNumber
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<RegisterCallbackMutation, RegisterCallbackMutationVariables>;
export const ResendUserDocument = new TypedDocumentString(`
    mutation ResendUser {
  resendUser(
    input: {employeeCode: "1042", serialNumbers: ["SN7A2300583"], options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<ResendUserMutation, ResendUserMutationVariables>;
export const ResetDeviceQueueDocument = new TypedDocumentString(`
    mutation ResetDeviceQueue {
  resetDeviceQueue(input: {serialNumber: "SN7A2300584", scope: COMMANDS}) {
    device {
      name
    }
    commands {
      id
      kind
      status
    }
    restartedCallbacks
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<ResetDeviceQueueMutation, ResetDeviceQueueMutationVariables>;
export const SetAccessScheduleDocument = new TypedDocumentString(`
    mutation SetAccessSchedule {
  setAccessSchedule(
    input: {serialNumbers: ["SN7A2300583"], scheduleId: 1, name: "Office hours", days: [{day: MONDAY, windows: [{start: "09:00", end: "18:00"}]}, {day: SUNDAY, windows: []}], options: {waitSeconds: 5}}
  ) {
    scheduleId
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SetAccessScheduleMutation, SetAccessScheduleMutationVariables>;
export const SetUserPasswordDocument = new TypedDocumentString(`
    mutation SetUserPassword($password: String! = "4711") {
  setUserPassword(
    input: {employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: $password, options: {waitSeconds: 5}}
  ) {
    commands {
      id
      status
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SetUserPasswordMutation, SetUserPasswordMutationVariables>;
export const SyncDeviceTimeDocument = new TypedDocumentString(`
    mutation SyncDeviceTime {
  syncDeviceTime(input: {options: {waitSeconds: 5}}) {
    commands {
      status
      driftSeconds
      device {
        serialNumber
        name
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SyncDeviceTimeMutation, SyncDeviceTimeMutationVariables>;
export const UpdateUserDocument = new TypedDocumentString(`
    mutation UpdateUser {
  updateUser(
    input: {employeeCode: "1042", enabled: true, validTo: null, options: {waitSeconds: 5}}
  ) {
    user {
      name
      enabled
      validTo
    }
    commands {
      status
      device {
        serialNumber
        name
      }
      failureReason
    }
    userErrors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateUserMutation, UpdateUserMutationVariables>;
export const PunchesTodayDocument = new TypedDocumentString(`
    query PunchesToday {
  attendanceToday {
    cursor
    punches(first: 100) {
      nodes {
        id
        localTime
        user {
          id
          employeeCode
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PunchesTodayQuery, PunchesTodayQueryVariables>;
export const PunchesAddedDocument = new TypedDocumentString(`
    subscription PunchesAdded($after: EventCursor) {
  punchAdded(after: $after) {
    cursor
    gap
    replayed
    punch {
      id
      localTime
      user {
        id
        employeeCode
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PunchesAddedSubscription, PunchesAddedSubscriptionVariables>;
export const ClientOpenDoorDocument = new TypedDocumentString(`
    mutation ClientOpenDoor($input: OpenDoorInput!) {
  openDoor(input: $input) {
    command {
      id
      status
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ClientOpenDoorMutation, ClientOpenDoorMutationVariables>;
export const ClientSyncTimeDocument = new TypedDocumentString(`
    mutation ClientSyncTime($input: SyncDeviceTimeInput!) {
  syncDeviceTime(input: $input) {
    commands {
      id
      status
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ClientSyncTimeMutation, ClientSyncTimeMutationVariables>;
export const ClientDeleteUserDocument = new TypedDocumentString(`
    mutation ClientDeleteUser($input: DeleteUserInput!) {
  deleteUser(input: $input) {
    commands {
      id
      status
    }
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ClientDeleteUserMutation, ClientDeleteUserMutationVariables>;