import { asAsked } from "./as-asked.ts";
import { expected, foundInRow, list, nullable, optional, orNone, record, withDefault, type Decoded } from "./codec.ts";
import { innerRows } from "./inner-rows.ts";
import { isBlank, type Members } from "./lookup.ts";
import { firstSecond, instant, lastSecond } from "./times.ts";
import {
  anyText,
  boolean,
  count,
  deviceSerial,
  identified,
  int32,
  names,
  ordinal,
  personCode,
  text,
} from "./values.ts";
import { CredentialType, SyncStatus, UserType } from "./vocabulary.ts";

const credentialType = withDefault(CredentialType.tolerant, "Other");

/** Only a finger has a number of its own: it is 0 of everything else. */
const indexIn = (value: unknown, { Type }: Members): unknown =>
  isBlank(value) && credentialType.read(Type) !== "Fingerprint" ? 0 : value;

/** A credential of a user, without its data. */
export const CredentialInfo = record({
  Type: credentialType,
  Index: foundInRow(int32, indexIn),
  Size: nullable(count),
  Algorithm: nullable(text),
  UpdatedTime: nullable(instant),
});
export type CredentialInfo = Decoded<typeof CredentialInfo>;

/** A person on the gateway or on one device. */
export const User = record({
  EmployeeCode: asAsked("EmployeeCode", personCode),
  FirstName: expected(anyText),
  LastName: nullable(anyText),
  UserType: expected(UserType.tolerant),
  Enabled: expected(boolean),
  ValidFrom: orNone(firstSecond),
  ValidTo: orNone(lastSecond),
  Privileges: optional(orNone(list(text))),
  AccessScheduleID: identified(orNone(ordinal)),
  Credentials: optional(orNone(innerRows(CredentialInfo))),
  HasPhoto: nullable(boolean),
  UpdatedTime: nullable(instant),
});
export type User = Decoded<typeof User>;

/** A user on a device. */
export const UserDevice = record({
  DeviceSN: deviceSerial,
  DeviceLabel: nullable(anyText),
  SyncStatus: withDefault(SyncStatus.tolerant, "Unknown"),
  CredentialTypes: expected(names(CredentialType.tolerant)),
  LastSyncTime: orNone(instant),
  PendingCommandID: identified(orNone(text)),
});
export type UserDevice = Decoded<typeof UserDevice>;
