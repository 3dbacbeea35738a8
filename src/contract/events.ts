import {
  anyText,
  expected,
  flag,
  instant,
  literal,
  localDateTime,
  maybe,
  number,
  record,
  text,
  utcOffset,
} from "./codec.ts";
import {
  CredentialType,
  DeviceStatus,
  DeviceStatusReason,
  Direction,
  EnrollmentAction,
  EnrollmentSource,
  EnrollmentStatus,
  Modality,
  QueueStatus,
} from "./vocabulary.ts";

const eventHead = {
  EventID: text,
  DeviceSN: text,
  AuthToken: expected(text),
  Time: expected(instant),
  Attempt: expected(number),
};

/** Fired on every punch. */
export const AttendanceNew = record({
  ...eventHead,
  Event: literal("attendance.new"),
  PunchID: expected(text),
  DeviceLabel: maybe(text),
  EmployeeCode: text,
  AttendanceLog: localDateTime,
  UtcOffset: expected(utcOffset),
  Type: Modality.tolerant,
  Direction: Direction.tolerant,
  Temperature: maybe(number),
  FaceMask: maybe(flag),
  HasPhoto: expected(flag),
});

/** Fired on every change of a device's status, callback queue, license or clock. */
export const DeviceStatusChange = record({
  ...eventHead,
  Event: literal("device.status"),
  DeviceLabel: maybe(text),
  Status: DeviceStatus.tolerant,
  PreviousStatus: maybe(DeviceStatus.tolerant),
  Reason: maybe(DeviceStatusReason.tolerant),
  LastSeen: maybe(instant),
  QueueDepth: maybe(number),
  QueueStatus: maybe(QueueStatus.tolerant),
});

/** Fired once per device for every user or enrolment command that ends, and for changes made at the terminal. */
export const EnrollmentUpdate = record({
  ...eventHead,
  Event: literal("enrollment.update"),
  EmployeeCode: text,
  Action: EnrollmentAction.tolerant,
  CredentialType: maybe(CredentialType.tolerant),
  Index: maybe(number),
  Size: maybe(number),
  EnrollmentStatus: EnrollmentStatus.tolerant,
  Source: EnrollmentSource.tolerant,
  CommandID: maybe(text),
  OperationID: maybe(text),
  FailureReason: maybe(anyText),
});

/** The three events, by the name they carry. */
export const EVENTS = {
  "attendance.new": AttendanceNew,
  "device.status": DeviceStatusChange,
  "enrollment.update": EnrollmentUpdate,
} as const;
