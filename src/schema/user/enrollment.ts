import { type DeviceCommand, unknownCommand } from "../../commands/command.ts";
import type { User as UserRecord, UserDevice } from "../../contract/people.ts";
import { commandById } from "../command/command.ts";
import { UNREADABLE } from "../../contract/unreadable.ts";
import { isSameName } from "../../contract/scalars.ts";
import type { Context } from "../kernel/context.ts";
import { requireReported } from "../kernel/facts.ts";
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
        .then((devices) => pick(devices?.find((device) => isSameName(device.DeviceSN, DeviceSN))))
    : pick(sync);

/** The fields of a command that are known from its ID and its enrollment. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(["__typename", "id", "device", "user"]);

/** Returns the command that is under way for an enrollment. It is read only if fields are selected that are not known. */
export const pendingCommand = (
  { DeviceSN, EmployeeCode }: EnrollmentSource,
  commandId: string,
  selected: ReadonlySet<string>,
  context: Context,
): DeviceCommand | Promise<DeviceCommand | null> => {
  if (!selected.isSubsetOf(KNOWN_FIELDS)) return commandById(commandId, context);
  const subject = { operationId: "", operation: "Other", doorNo: null, employeeCode: EmployeeCode } as const;
  return { ...unknownCommand(DeviceSN, { ...subject, requestedAt: context.startedAt }), commandId };
};

type CredentialKinds = NonNullable<UserDevice["CredentialTypes"]>[number][];

/** Returns the kinds of credentials that the device stores of the user. */
export const credentialKinds = (
  enrollment: EnrollmentSource,
  context: Context,
): CredentialKinds | Promise<CredentialKinds> => {
  const { onDevice } = enrollment;
  const listed = onDevice?.Credentials ?? null;
  if (listed !== null && listed !== UNREADABLE) return [...new Set(context.served(listed).map(({ Type }) => Type))];
  return syncFact(enrollment, context, (sync) =>
    sync === undefined ? [] : [...requireReported(sync.CredentialTypes, "credentialKinds")],
  );
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
