/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

/** State of the lock. It is independent of the door leaf: an open door can be locked. */
export type LockState =
  /** The lock is engaged and keeps a closed door shut. */
  | 'LOCKED'
  /** The device does not report the lock, or the last report is more than 60 seconds old because the device is offline. */
  | 'UNKNOWN'
  /** The lock is released, for a moment or for a hold. */
  | 'UNLOCKED';

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

export type WallViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type WallViewerQuery = { viewer: { name: string, scopes: Array<string> }, gateway: { sandbox: boolean }, attendanceToday: { date: string | null } | null };

export type WallTodayQueryVariables = Exact<{ [key: string]: never; }>;


export type WallTodayQuery = { attendanceToday: { cursor: string, punches: { nodes: Array<{ id: string, at: string | null, localTime: string, direction: PunchDirection, method: VerificationMethod, photo: { url: string } | null, user: { id: string, employeeCode: string, name: string | null }, device: { id: string, serialNumber: string, name: string | null } }> } } | null };

export type WallPunchAddedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WallPunchAddedSubscription = { punchAdded: { cursor: string, gap: boolean, replayed: boolean, punch: { id: string, at: string | null, localTime: string, direction: PunchDirection, method: VerificationMethod, photo: { url: string } | null, user: { id: string, employeeCode: string, name: string | null }, device: { id: string, serialNumber: string, name: string | null } } } };

export type WallDevicesQueryVariables = Exact<{ [key: string]: never; }>;


export type WallDevicesQuery = { devices: { nodes: Array<{ id: string, serialNumber: string, name: string | null, model: string | null, status: DeviceStatus | null, lastSeenAt: string | null, health: { queueStatus: QueueStatus, queueDepth: number | null } | null }> } | null };

export type WallDeviceChangedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WallDeviceChangedSubscription = { deviceStatusChanged: { cursor: string, gap: boolean, replayed: boolean, status: DeviceStatus, queueStatus: QueueStatus | null, queueDepth: number | null, device: { id: string, serialNumber: string, name: string | null, model: string | null, lastSeenAt: string | null } } };

export type WallDoorsQueryVariables = Exact<{ [key: string]: never; }>;


export type WallDoorsQuery = { devices: { nodes: Array<{ id: string, serialNumber: string, name: string | null, doors: Array<{ id: string, number: number, name: string | null, state: DoorState | null, lock: LockState | null, mode: DoorMode | null, alarm: DoorAlarm | null }> | null }> } | null };

export type WallPulseQueryVariables = Exact<{ [key: string]: never; }>;


export type WallPulseQuery = { gateway: { latestCursor: string | null } };

export type WallOpenDoorMutationVariables = Exact<{
  input: OpenDoorInput;
}>;


export type WallOpenDoorMutation = { openDoor: { command: { id: string, status: CommandStatus } | null, userErrors: Array<
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
    > } };

export type WallDayQueryVariables = Exact<{
  code: string;
  date: string;
  from: string;
  to: string;
}>;


export type WallDayQuery = { user: { id: string, name: string | null, punches: { nodes: Array<{ id: string, localTime: string, direction: PunchDirection, method: VerificationMethod, device: { id: string, name: string | null } }> } | null } | null, attendanceDays: { nodes: Array<{ status: AttendanceDayStatus, workedMinutes: number | null, breakMinutes: number | null, firstIn: { localTime: string } | null, lastOut: { localTime: string } | null }> } | null };

export type WallExportQueryVariables = Exact<{
  from: string;
  to: string;
  devices?: Array<string> | string | null | undefined;
}>;


export type WallExportQuery = { attendanceExport: { url: string } | null };

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

export const WallViewerDocument = new TypedDocumentString(`
    query WallViewer {
  viewer {
    name
    scopes
  }
  gateway {
    sandbox
  }
  attendanceToday {
    date
  }
}
    `) as unknown as TypedDocumentString<WallViewerQuery, WallViewerQueryVariables>;
export const WallTodayDocument = new TypedDocumentString(`
    query WallToday {
  attendanceToday {
    cursor
    punches(first: 200) {
      nodes {
        id
        at
        localTime
        direction
        method
        photo {
          url
        }
        user {
          id
          employeeCode
          name
        }
        device {
          id
          serialNumber
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallTodayQuery, WallTodayQueryVariables>;
export const WallPunchAddedDocument = new TypedDocumentString(`
    subscription WallPunchAdded($after: EventCursor) {
  punchAdded(after: $after) {
    cursor
    gap
    replayed
    punch {
      id
      at
      localTime
      direction
      method
      photo {
        url
      }
      user {
        id
        employeeCode
        name
      }
      device {
        id
        serialNumber
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallPunchAddedSubscription, WallPunchAddedSubscriptionVariables>;
export const WallDevicesDocument = new TypedDocumentString(`
    query WallDevices {
  devices(first: 50) {
    nodes {
      id
      serialNumber
      name
      model
      status
      lastSeenAt
      health {
        queueStatus
        queueDepth
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallDevicesQuery, WallDevicesQueryVariables>;
export const WallDeviceChangedDocument = new TypedDocumentString(`
    subscription WallDeviceChanged($after: EventCursor) {
  deviceStatusChanged(after: $after) {
    cursor
    gap
    replayed
    status
    queueStatus
    queueDepth
    device {
      id
      serialNumber
      name
      model
      lastSeenAt
    }
  }
}
    `) as unknown as TypedDocumentString<WallDeviceChangedSubscription, WallDeviceChangedSubscriptionVariables>;
export const WallDoorsDocument = new TypedDocumentString(`
    query WallDoors {
  devices(first: 50) {
    nodes {
      id
      serialNumber
      name
      doors {
        id
        number
        name
        state
        lock
        mode
        alarm
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallDoorsQuery, WallDoorsQueryVariables>;
export const WallPulseDocument = new TypedDocumentString(`
    query WallPulse {
  gateway {
    latestCursor
  }
}
    `) as unknown as TypedDocumentString<WallPulseQuery, WallPulseQueryVariables>;
export const WallOpenDoorDocument = new TypedDocumentString(`
    mutation WallOpenDoor($input: OpenDoorInput!) {
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
    `) as unknown as TypedDocumentString<WallOpenDoorMutation, WallOpenDoorMutationVariables>;
export const WallDayDocument = new TypedDocumentString(`
    query WallDay($code: String!, $date: LocalDate!, $from: LocalDateTime!, $to: LocalDateTime!) {
  user(employeeCode: $code) {
    id
    name
    punches(from: $from, to: $to, first: 100) {
      nodes {
        id
        localTime
        direction
        method
        device {
          id
          name
        }
      }
    }
  }
  attendanceDays(from: $date, to: $date, employeeCodes: [$code]) {
    nodes {
      status
      workedMinutes
      breakMinutes
      firstIn {
        localTime
      }
      lastOut {
        localTime
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallDayQuery, WallDayQueryVariables>;
export const WallExportDocument = new TypedDocumentString(`
    query WallExport($from: LocalDateTime!, $to: LocalDateTime!, $devices: [String!]) {
  attendanceExport(from: $from, to: $to, serialNumbers: $devices) {
    url
  }
}
    `) as unknown as TypedDocumentString<WallExportQuery, WallExportQueryVariables>;