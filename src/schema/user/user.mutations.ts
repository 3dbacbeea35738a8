import { builder } from "../kernel/builder.ts";
import { DeviceMigration } from "../device/refs.ts";
import { migrationsOf } from "../device/device.ts";
import { omitNullish, omitUndefined } from "../kernel/omit.ts";
import { errorsBelow, runCommand, type CommandOutcome, rejectedInput, addOutcome } from "../command/command.ts";
import { newUserRequest, photoInput, requireCredentialScope, sendable } from "./new-user.ts";
import { commandTarget, userPayload } from "./payload.ts";
import { AddUserInput, CopyUsersInput, DeleteUserInput, ResendUserInput, UpdateUserInput } from "./user.inputs.ts";

const AddUserPayload = userPayload("addUser");
const UpdateUserPayload = userPayload("updateUser");
const DeleteUserPayload = userPayload(
  "deleteUser",
  "The removed user; null if there are errors. Its fields are null once no device has the user.",
);
const ResendUserPayload = userPayload("resendUser");

const CopyUsersPayload = builder.objectRef<CommandOutcome>("CopyUsersPayload").implement({
  description: "Result of `copyUsers`: the migration, the commands and the errors.",
  fields: (t) => ({
    migration: t.field({
      type: DeviceMigration,
      nullable: true,
      description: "The migration that shows the progress of copying. Null if it was not started or is not known.",
      resolve: async ({ migrationId }, _args, context) => {
        if (migrationId === null) return null;
        const [migration] = await migrationsOf({ MigrationID: migrationId }, {}, context);
        return migration ?? null;
      },
    }),
  }),
});

addOutcome(CopyUsersPayload, "One command per target device, in the order of the input.");

/** The fields of `DeleteUserInput.from`. */
const FROM_FIELDS: ReadonlySet<string> = new Set(["serialNumbers", "everywhere"]);

builder.mutationFields((t) => ({
  addUser: t.field({
    type: AddUserPayload,
    description: "Creates a user on devices. A user with the same code is overwritten there.",
    upstream: ["AddUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: { input: t.arg({ type: AddUserInput, required: true, description: "The new user and the devices." }) },
    resolve: async (_root, { input }, context) => {
      requireCredentialScope(context.viewer, [input]);
      return commandTarget(input, await runCommand(context, "AddUser", input, newUserRequest(input, input)));
    },
  }),
  updateUser: t.field({
    type: UpdateUserPayload,
    description: "Changes the profile of a user on devices. The fields that you omit keep their values.",
    upstream: ["UpdateUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: {
      input: t.arg({ type: UpdateUserInput, required: true, description: "The user, the devices and the changes." }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "UpdateUser", input, {
          DeviceSN: input.serialNumbers ?? "ALL",
          EmployeeCode: input.employeeCode,
          ...omitUndefined({
            ValidFrom: input.validFrom,
            ValidTo: input.validTo,
            AccessScheduleID: input.accessScheduleId,
          }),
          ...omitNullish({
            FirstName: input.firstName,
            LastName: input.lastName,
            UserType: sendable(input.role),
            Enabled: input.enabled,
            Privileges: input.privileges,
            Photo: photoInput(input.photo),
          }),
        }),
      ),
  }),
  deleteUser: t.field({
    type: DeleteUserPayload,
    description: "Removes a user from devices. A device that does not have the user counts as a success.",
    upstream: ["DeleteUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: {
      input: t.arg({ type: DeleteUserInput, required: true, description: "The user to remove and the devices." }),
    },
    resolve: async (_root, { input }, context) => {
      const { serialNumbers, everywhere } = input.from;
      if (everywhere === false) {
        const rejected = rejectedInput(
          "everywhere",
          "`everywhere` must be true; pass `serialNumbers` to name devices.",
        );
        return commandTarget(input, errorsBelow("from", FROM_FIELDS, rejected));
      }
      const request = { DeviceSN: serialNumbers ?? ("ALL" as const), EmployeeCode: input.employeeCode };
      const outcome = await runCommand(context, "DeleteUser", { ...input, serialNumbers }, request);
      return commandTarget(input, errorsBelow("from", FROM_FIELDS, outcome));
    },
  }),
  copyUsers: t.field({
    type: CopyUsersPayload,
    description:
      "Copies users with their credentials from one device to others. Follow the progress with `migrations`.",
    upstream: ["CopyUsers"],
    cost: 50,
    requiresScopes: ["users:write", "credentials:write"],
    args: {
      input: t.arg({ type: CopyUsersInput, required: true, description: "The source, the targets and what to copy." }),
    },
    resolve: (_root, { input }, context) =>
      runCommand(context, "CopyUsers", input, {
        SourceDeviceSN: input.sourceSerialNumber,
        TargetDeviceSN: input.targetSerialNumbers,
        IncludeTemplates: input.includeTemplates,
        IncludePhotos: input.includePhotos,
        Overwrite: input.overwrite,
        ...omitNullish({ EmployeeCodes: input.employeeCodes }),
      }),
  }),
  resendUser: t.field({
    type: ResendUserPayload,
    description: "Sends the gateway's copy of a user and of all credentials to devices again.",
    upstream: ["ResendUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: {
      input: t.arg({ type: ResendUserInput, required: true, description: "The user to send again and the devices." }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "ResendUser", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
        }),
      ),
  }),
}));
