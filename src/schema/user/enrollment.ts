import type { User as UserRecord, UserDevice } from "../../contract/users.ts";
import type { Context } from "../kernel/context.ts";
import { globalId } from "../kernel/node.ts";
import type { EnrollmentSource } from "./refs.ts";

/** A fact of ListUserDevices about this device, read only if it did not come along. */
export const syncFact = <Fact>(
  { DeviceSN, EmployeeCode, sync }: EnrollmentSource,
  { loaders }: Context,
  pick: (sync: UserDevice | undefined) => Fact,
): Fact | Promise<Fact> =>
  sync === undefined
    ? loaders.userDevices
        .load(EmployeeCode)
        .then((devices) => pick(devices?.find((each) => each.DeviceSN === DeviceSN)))
    : pick(sync);

export const pendingCommandId = (sync: UserDevice | undefined): string | null =>
  sync?.PendingCommandID == null ? null : globalId("Command", sync.PendingCommandID);

type CredentialKinds = NonNullable<UserDevice["CredentialTypes"]>[number][];

export const credentialKinds = (
  enrollment: EnrollmentSource,
  context: Context,
): CredentialKinds | Promise<CredentialKinds> => {
  const { onDevice } = enrollment;
  if (onDevice?.Credentials != null) return [...new Set(onDevice.Credentials.map(({ Type }) => Type))];
  return syncFact(enrollment, context, (sync) => [...(sync?.CredentialTypes ?? [])]);
};

type Role = UserRecord["UserType"] | null;

export const roleOnDevice = (
  { DeviceSN, EmployeeCode, onDevice }: EnrollmentSource,
  { loaders }: Context,
): Role | Promise<Role> =>
  onDevice === undefined
    ? loaders.enrolled.load({ DeviceSN, EmployeeCode }).then((user) => user?.UserType ?? null)
    : onDevice.UserType;
