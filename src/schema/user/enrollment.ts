import type { User as UserRecord, UserDevice } from "../../contract/users.ts";
import type { Context } from "../kernel/context.ts";
import { globalId } from "../kernel/node.ts";
import type { EnrollmentSource } from "./refs.ts";

/** Returns a member of the ListUserDevices entry of this device, which is read only if the source does not contain it. */
export const syncFact = <Value>(
  { DeviceSN, EmployeeCode, sync }: EnrollmentSource,
  { loaders }: Context,
  pick: (sync: UserDevice | undefined) => Value,
): Value | Promise<Value> =>
  sync === undefined
    ? loaders.userDevices
        .load(EmployeeCode)
        .then((devices) => pick(devices?.find((device) => device.DeviceSN === DeviceSN)))
    : pick(sync);

/** Returns the global ID of the command that is under way for the enrollment, if any. */
export const pendingCommandId = (sync: UserDevice | undefined): string | null =>
  sync?.PendingCommandID == null ? null : globalId("Command", sync.PendingCommandID);

type CredentialKinds = NonNullable<UserDevice["CredentialTypes"]>[number][];

/** Returns the kinds of credentials that the device stores of the user. */
export const credentialKinds = (
  enrollment: EnrollmentSource,
  context: Context,
): CredentialKinds | Promise<CredentialKinds> => {
  const { onDevice } = enrollment;
  if (onDevice?.Credentials != null) return [...new Set(onDevice.Credentials.map(({ Type }) => Type))];
  return syncFact(enrollment, context, (sync) => [...(sync?.CredentialTypes ?? [])]);
};

/** Returns a member of the user as stored on this device, or null if the device does not have the user. */
export const onDeviceFact = <Value>(
  { DeviceSN, EmployeeCode, onDevice }: EnrollmentSource,
  { loaders }: Context,
  pick: (user: UserRecord) => Value | null,
): Value | null | Promise<Value | null> =>
  onDevice === undefined
    ? loaders.enrolled.load({ DeviceSN, EmployeeCode }).then((user) => (user === null ? null : pick(user)))
    : pick(onDevice);
