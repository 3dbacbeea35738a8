import {
  anyText,
  expected,
  boolean,
  instant,
  literal,
  localDateTime,
  nullable,
  int32,
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
  Attempt: expected(int32),
};

/** Fired on every punch. */
export const AttendanceNew = record({
  ...eventHead,
  Event: literal("attendance.new"),
  PunchID: expected(text),
  DeviceLabel: nullable(text),
  EmployeeCode: text,
  AttendanceLog: localDateTime,
  UtcOffset: expected(utcOffset),
  Type: Modality.tolerant,
  Direction: Direction.tolerant,
  Temperature: nullable(number),
  FaceMask: nullable(boolean),
  HasPhoto: expected(boolean),
});

/** Fired on every change of a device's status, callback queue, license or clock. */
export const DeviceStatusChange = record({
  ...eventHead,
  Event: literal("device.status"),
  DeviceLabel: nullable(text),
  Status: DeviceStatus.tolerant,
  PreviousStatus: nullable(DeviceStatus.tolerant),
  Reason: nullable(DeviceStatusReason.tolerant),
  LastSeen: nullable(instant),
  QueueDepth: nullable(int32),
  QueueStatus: nullable(QueueStatus.tolerant),
});

/** Fired once per device for every user or enrolment command that ends, and for changes made at the terminal. */
export const EnrollmentUpdate = record({
  ...eventHead,
  Event: literal("enrollment.update"),
  EmployeeCode: text,
  Action: EnrollmentAction.tolerant,
  CredentialType: nullable(CredentialType.tolerant),
  Index: nullable(int32),
  Size: nullable(int32),
  EnrollmentStatus: EnrollmentStatus.tolerant,
  Source: EnrollmentSource.tolerant,
  CommandID: nullable(text),
  OperationID: nullable(text),
  FailureReason: nullable(anyText),
});

/** The three events, by the name they carry. */
export const EVENTS = {
  "attendance.new": AttendanceNew,
  "device.status": DeviceStatusChange,
  "enrollment.update": EnrollmentUpdate,
} as const;
