import { builder } from "../kernel/builder.ts";
import { CredentialKind, UserRole } from "./user.enums.ts";
import { BulkCommandOptions, COMMAND_OPTIONS_DESCRIPTION, CommandOptions } from "../command/refs.ts";

const CredentialTemplateInput = builder.inputType("CredentialTemplateInput", {
  description: "A credential to store with a new user.",
  fields: (t) => ({
    kind: t.field({ type: CredentialKind, required: true, description: "What kind of credential the data is." }),
    index: t.int({
      required: true,
      defaultValue: 0,
      description: "Number of the finger, from 0 to 9; 0 for every other kind.",
    }),
    data: t.field({
      type: "Base64Input",
      required: true,
      description: "The template in Base64. For `CARD` and `PASSWORD`, the digits themselves.",
    }),
    algorithm: t.string({
      description:
        "Name of the template format in the vendor's notation, such as `DeviceInfo.algorithm`. Omit it if unknown.",
    }),
  }),
});

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, "InputObject">;

/** The fields of a new user. */
const newUserFields = (t: InputFields) => ({
  employeeCode: t.string({
    required: true,
    description:
      "Code of the new user: 1 to 24 letters, digits, `_`, `.` or `-`. Some devices accept only up to 8 digits. " +
      "Leading zeros matter.",
  }),
  firstName: t.string({ required: true, description: "First name of the user, from 1 to 24 characters." }),
  lastName: t.string({ description: "Last name of the user, up to 24 characters." }),
  role: t.field({
    type: UserRole,
    required: true,
    defaultValue: "User",
    description: "What the user may do at the devices; `USER` if you omit it.",
  }),
  validFrom: t.field({
    type: "LocalDateTime",
    description: "When the user may enter for the first time, on device clocks. Omit it for no limit.",
  }),
  validTo: t.field({
    type: "LocalDateTime",
    description: "When the user may enter for the last time, on device clocks. Omit it for no limit.",
  }),
  privileges: t.stringList({
    description: "Names of rights at the device, in the vendor's notation; up to 32 of up to 64 characters each.",
  }),
  accessScheduleId: t.int({
    description: "Number of the access schedule that limits when the user may enter, from 1 to 8. Omit it for none.",
  }),
  templates: t.field({
    type: [CredentialTemplateInput],
    description: "Credentials of the user, up to 32. They also require the scope `credentials:write`.",
  }),
  photo: t.field({
    type: "Base64Input",
    description: "Portrait of the user as a JPEG in Base64. Every device accepts 300 by 300 pixels.",
  }),
});

export const AddUserInput = builder.inputType("AddUserInput", {
  description:
    "The new user and the devices that store the user. A user with the same code on a device is overwritten.",
  fields: (t) => ({
    ...newUserFields(t),
    serialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices to store the user on, up to 100.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const NewUserInput = builder.inputType("NewUserInput", {
  description: "A person whom the mutation `addUsers` stores on devices.",
  fields: (t) => newUserFields(t),
});

export const AddUsersInput = builder.inputType("AddUsersInput", {
  description: "The new users and the devices that store them. A user with the same code on a device is overwritten.",
  fields: (t) => ({
    users: t.field({
      type: [NewUserInput],
      required: true,
      description:
        "The new users, from 1 to 200, each once. The body of a request has a limit: send few photos at once.",
    }),
    serialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices to store each of the users on, up to 100.",
    }),
    options: t.field({
      type: BulkCommandOptions,
      description:
        "Idempotency key, expiry, and what becomes of commands for offline devices. Omit it to use the defaults.",
    }),
  }),
});

export const UpdateUserInput = builder.inputType("UpdateUserInput", {
  description: "The user to change. Pass at least one field to change; omitted fields keep their values.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Code of the user to change. Leading zeros matter." }),
    serialNumbers: t.stringList({
      description:
        "Serial numbers of the devices to change the user on, up to 100. Omit it for all that have the user.",
    }),
    firstName: t.string({ description: "New first name of the user, from 1 to 24 characters." }),
    lastName: t.string({ description: "New last name of the user, up to 24 characters." }),
    role: t.field({ type: UserRole, description: "What the user may do at the devices from now on." }),
    enabled: t.boolean({ description: "Whether the user may punch and pass doors. False blocks the user." }),
    validFrom: t.field({
      type: "LocalDateTime",
      description: "When the user may enter for the first time, on device clocks. Null removes the limit.",
    }),
    validTo: t.field({
      type: "LocalDateTime",
      description: "When the user may enter for the last time, on device clocks. Null removes the limit.",
    }),
    privileges: t.stringList({
      description: "Names of rights at the device, in the vendor's notation, which replace the present ones.",
    }),
    accessScheduleId: t.int({
      description: "Number of the access schedule of the user, from 1 to 8. Null removes the user from its schedule.",
    }),
    photo: t.field({
      type: "Base64Input",
      description: "New portrait of the user as a JPEG in Base64. Every device accepts 300 by 300 pixels.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

const DeleteUserDevices = builder.inputType("DeleteUserDevices", {
  description: "The devices to remove a user from: exactly one of these fields.",
  isOneOf: true,
  fields: (t) => ({
    serialNumbers: t.stringList({
      description: "Serial numbers of the devices to remove the user from, up to 100.",
    }),
    everywhere: t.boolean({ description: "True: remove the user from all devices that have the user." }),
  }),
});

export const DeleteUserInput = builder.inputType("DeleteUserInput", {
  description: "The user to remove, and the devices to remove the user from.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Code of the user to remove. Leading zeros matter." }),
    from: t.field({ type: DeleteUserDevices, required: true, description: "The devices to remove the user from." }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const CopyUsersInput = builder.inputType("CopyUsersInput", {
  description: "The devices to copy users between. The source must not be among the targets.",
  fields: (t) => ({
    sourceSerialNumber: t.string({ required: true, description: "Serial number of the device to copy from." }),
    targetSerialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices to copy to, up to 20.",
    }),
    employeeCodes: t.stringList({
      description: "Codes of the users to copy. Omit it to copy all users of the source.",
    }),
    includeTemplates: t.boolean({
      required: true,
      defaultValue: true,
      description: "Whether to copy the credentials of the users, too.",
    }),
    includePhotos: t.boolean({
      required: true,
      defaultValue: true,
      description: "Whether to copy the portraits of the users, too.",
    }),
    overwrite: t.boolean({
      required: true,
      defaultValue: true,
      description: "Whether to replace users that a target already has. False leaves them as they are.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const ResendUserInput = builder.inputType("ResendUserInput", {
  description: "The user to send again, and the devices.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Code of the user to send again. Leading zeros matter." }),
    serialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices, up to 100. A device without the user gets the user.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});
