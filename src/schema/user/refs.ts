import type { CredentialInfo, User as UserRecord, UserDevice } from "../../contract/people.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";

/** A person by employee code. A name or record that was read with it saves a call. */
export interface UserSource {
  readonly EmployeeCode: string;
  /** Null if the row has no name; undefined if the name was not read. */
  readonly name?: string | null | undefined;
  /** A device on which the person punched. */
  readonly seenOn?: string | undefined;
  /** The gateway's merged record. */
  readonly record?: UserRecord | undefined;
  /** The entry of ListUsers, which lags behind the merged record until the device has stored a change. */
  readonly onDevice?: UserRecord | undefined;
}

/** A user on a device, from one of two lists. */
export interface EnrollmentSource {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly label?: string | undefined;
  /** The entry of ListUserDevices. */
  readonly sync?: UserDevice | undefined;
  /** The entry of ListUsers: the user as stored on this device. */
  readonly onDevice?: UserRecord | undefined;
}

export const User = builder.objectRef<UserSource>("User");
/** A credential with the user who has it. A record that was read with it saves a call. */
export interface UserCredentialSource extends Pick<CredentialInfo, "Type" | "Index"> {
  readonly EmployeeCode: string;
  readonly record?: CredentialInfo | undefined;
}

export const Credential = builder.objectRef<UserCredentialSource>("Credential");
export const Enrollment = builder.objectRef<EnrollmentSource>("Enrollment");
export const DeviceUserConnection = builder.objectRef<Connection<EnrollmentSource>>("DeviceUserConnection");
export const UserDeviceConnection = builder.objectRef<Connection<EnrollmentSource>>("UserDeviceConnection");
