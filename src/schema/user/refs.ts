import type { CredentialInfo, User as UserRecord, UserDevice } from "../../contract/users.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";

/** A person by employee code; a name or record that came along saves a call. */
export interface UserSource {
  readonly EmployeeCode: string;
  /** Null: the gateway has no name for the code. Undefined: it was not told. */
  readonly name?: string | null | undefined;
  /** A device on which the person was seen. */
  readonly seenOn?: string | undefined;
  readonly record?: UserRecord | undefined;
}

/** A user on a device, as one of two lists told of it. */
export interface EnrollmentSource {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly label?: string | undefined;
  /** From ListUserDevices. */
  readonly sync?: UserDevice | undefined;
  /** From ListUsers: the user as on this device. */
  readonly onDevice?: UserRecord | undefined;
}

export const User = builder.objectRef<UserSource>("User");
export const Credential = builder.objectRef<CredentialInfo>("Credential");
export const Enrollment = builder.objectRef<EnrollmentSource>("Enrollment");
export const DeviceUserConnection = builder.objectRef<Connection<EnrollmentSource>>("DeviceUserConnection");
export const UserDeviceConnection = builder.objectRef<Connection<EnrollmentSource>>("UserDeviceConnection");
