import type { z } from "zod";
import { GetAccessEvents, GetDoorStatus, LockDoor, OpenDoor, SetAccessSchedule } from "./access.ts";
import {
  ExportAttendance,
  GetAttendanceByDate,
  GetAttendanceByDevice,
  GetAttendanceByEmployee,
  GetAttendancePhoto,
  GetAttendanceSummary,
  GetFirstInLastOut,
  GetTodayAttendance,
} from "./attendance.ts";
import type { Decoded } from "./codec.ts";
import {
  CheckDeviceHealth,
  GetCommandStatus,
  GetDeviceInfo,
  ListDevices,
  PingConnection,
  RebootDevice,
  ResetDeviceQueue,
  SyncDeviceTime,
} from "./devices.ts";
import { MigrationStatus, RegisterCallback } from "./realtime.ts";
import {
  AddUser,
  CopyUsers,
  DeleteUser,
  EnrollCard,
  EnrollFace,
  EnrollFingerprint,
  FindUser,
  ListUserDevices,
  ListUsers,
  ResendUser,
  SetUserPassword,
  UpdateUser,
} from "./users.ts";

/** The 35 REST operations, in the order of the gateway's own list. */
export const OPERATIONS = {
  GetAttendanceByDate,
  GetAttendanceByEmployee,
  GetAttendanceByDevice,
  GetAttendanceSummary,
  GetFirstInLastOut,
  GetTodayAttendance,
  GetAttendancePhoto,
  ExportAttendance,
  AddUser,
  UpdateUser,
  DeleteUser,
  FindUser,
  ListUsers,
  ListUserDevices,
  EnrollFingerprint,
  EnrollFace,
  EnrollCard,
  SetUserPassword,
  CopyUsers,
  ResendUser,
  OpenDoor,
  LockDoor,
  GetDoorStatus,
  SetAccessSchedule,
  GetAccessEvents,
  ListDevices,
  GetDeviceInfo,
  CheckDeviceHealth,
  PingConnection,
  SyncDeviceTime,
  RebootDevice,
  ResetDeviceQueue,
  GetCommandStatus,
  RegisterCallback,
  MigrationStatus,
} as const;

export type OperationName = keyof typeof OPERATIONS;
export type Input<Name extends OperationName> = z.input<(typeof OPERATIONS)[Name]["input"]>;
export type Output<Name extends OperationName> = Decoded<(typeof OPERATIONS)[Name]["output"]>;

/** Calls an operation of the gateway, one of these; any by default. */
export type CallOperation<Callable extends OperationName = OperationName> = <Name extends Callable>(
  name: Name,
  input: Input<Name>,
) => Promise<Output<Name>>;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];
