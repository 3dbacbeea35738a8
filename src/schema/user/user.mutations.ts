import type { Secret } from "../../contract/secret.ts";
import { builder } from "../kernel/builder.ts";
import { DeviceMigration } from "../device/refs.ts";
import { migrationsOf } from "../device/device.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { runCommand, type CommandOutcome, rejectedInput, addOutcome } from "../command/command.ts";
import { requireScopes } from "../kernel/viewer.ts";
import { commandTarget, userPayload } from "./payload.ts";
import { AddUserInput, CopyUsersInput, DeleteUserInput, ResendUserInput, UpdateUserInput } from "./user.inputs.ts";

const AddUserPayload = userPayload("addUser");
const UpdateUserPayload = userPayload("updateUser");
const DeleteUserPayload = userPayload("deleteUser", "The user, as far as still known.");
const ResendUserPayload = userPayload("resendUser");

const CopyUsersPayload = builder.objectRef<CommandOutcome>("CopyUsersPayload").implement({
  description: "Of copyUsers.",
  fields: (t) => ({
    migration: t.field({
      type: DeviceMigration,
      nullable: true,
      description: "Progress.",
      resolve: async ({ migrationId }, _args, context) => {
        if (migrationId === null) return null;
        const [migration] = await migrationsOf({ MigrationID: migrationId }, {}, context);
        return migration ?? null;
      },
    }),
  }),
});

addOutcome(CopyUsersPayload, "One per target, in input order.");

const photo = (data: Secret | null | undefined) => (data == null ? undefined : { Data: data });

builder.mutationFields((t) => ({
  addUser: t.field({
    type: AddUserPayload,
    description: "Create a user on devices.",
    upstream: ["AddUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: { input: t.arg({ type: AddUserInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) => {
      if (input.templates != null) requireScopes(context.viewer, ["credentials:write"]);
      const templates = input.templates?.map(({ kind, index, data, algorithm }) => ({
        Type: sendable(kind),
        Index: index,
        Data: data,
        Algorithm: algorithm,
      }));
      return commandTarget(
        input,
        await runCommand(context, "AddUser", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
          FirstName: input.firstName,
          UserType: sendable(input.role),
          ...omitNullish({
            LastName: input.lastName,
            ValidFrom: input.validFrom,
            ValidTo: input.validTo,
            Privileges: input.privileges,
            AccessScheduleID: input.accessScheduleId,
            Templates: templates,
            Photo: photo(input.photo),
          }),
        }),
      );
    },
  }),
  updateUser: t.field({
    type: UpdateUserPayload,
    description: "Change a user.",
    upstream: ["UpdateUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: { input: t.arg({ type: UpdateUserInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "UpdateUser", input, {
          DeviceSN: input.serialNumbers ?? "ALL",
          EmployeeCode: input.employeeCode,
          ...cleared({
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
            Photo: photo(input.photo),
          }),
        }),
      ),
  }),
  deleteUser: t.field({
    type: DeleteUserPayload,
    description: "Remove a user from devices.",
    upstream: ["DeleteUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: { input: t.arg({ type: DeleteUserInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) => {
      if ((input.serialNumbers == null) !== input.everywhere) {
        return commandTarget(input, rejectedInput("serialNumbers", "Give either serialNumbers or everywhere."));
      }
      return commandTarget(
        input,
        await runCommand(context, "DeleteUser", input, {
          DeviceSN: input.serialNumbers ?? "ALL",
          EmployeeCode: input.employeeCode,
        }),
      );
    },
  }),
  copyUsers: t.field({
    type: CopyUsersPayload,
    description: "Copy users to other devices.",
    upstream: ["CopyUsers"],
    cost: 50,
    requiresScopes: ["users:write", "credentials:write"],
    args: { input: t.arg({ type: CopyUsersInput, required: true, description: "What." }) },
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
    description: "Send a user again.",
    upstream: ["ResendUser"],
    cost: 20,
    requiresScopes: ["users:write"],
    args: { input: t.arg({ type: ResendUserInput, required: true, description: "What." }) },
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

/** A word that was received may be OTHER; sent, the contract refuses it by name. */
function sendable<Word extends string>(word: Word): Exclude<Word, "Other">;
function sendable<Word extends string>(word: Word | null | undefined): Exclude<Word, "Other"> | undefined;
function sendable<Word extends string>(word: Word | null | undefined): Exclude<Word, "Other"> | undefined {
  return (word ?? undefined) as Exclude<Word, "Other"> | undefined;
}

/** Members whose null means something: only those left out are left out. */
function cleared<Members extends object>(
  members: { readonly [Name in keyof Members]: Members[Name] | undefined },
): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Members;
}
