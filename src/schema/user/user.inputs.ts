import { builder } from "../kernel/builder.ts";
import { CredentialKind, UserRole } from "./user.enums.ts";
import { CommandOptions } from "../command/refs.ts";

const CredentialTemplateInput = builder.inputType("CredentialTemplateInput", {
  description: "A template with a new user.",
  fields: (t) => ({
    kind: t.field({ type: CredentialKind, required: true, description: "Kind." }),
    index: t.int({ required: true, defaultValue: 0, description: "Finger 0 to 9, otherwise 0." }),
    data: t.field({ type: "Base64Input", required: true, description: "Template; digits for card and password." }),
    algorithm: t.string({ description: "Template format." }),
  }),
});

export const AddUserInput = builder.inputType("AddUserInput", {
  description: "Of addUser; an existing user is overwritten.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code, up to 24 letters, digits, `_`, `.`, `-`." }),
    serialNumbers: t.stringList({ required: true, description: "Devices, up to 100." }),
    firstName: t.string({ required: true, description: "First name, up to 24 characters." }),
    lastName: t.string({ description: "Last name, up to 24 characters." }),
    role: t.field({ type: UserRole, required: true, defaultValue: "User", description: "Rank." }),
    validFrom: t.field({ type: "LocalDateTime", description: "First moment of validity." }),
    validTo: t.field({ type: "LocalDateTime", description: "Last moment of validity." }),
    privileges: t.stringList({ description: "Rights, in the vendor's words." }),
    accessScheduleId: t.int({ description: "Access schedule, 1 to 8." }),
    templates: t.field({ type: [CredentialTemplateInput], description: "Credentials; needs credentials:write too." }),
    photo: t.field({ type: "Base64Input", description: "JPEG portrait." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const UpdateUserInput = builder.inputType("UpdateUserInput", {
  description: "Of updateUser; fields left out stay, null clears a validity or schedule.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ description: "Devices; left out: all that have the user." }),
    firstName: t.string({ description: "First name." }),
    lastName: t.string({ description: "Last name." }),
    role: t.field({ type: UserRole, description: "Rank." }),
    enabled: t.boolean({ description: "False blocks." }),
    validFrom: t.field({ type: "LocalDateTime", description: "First moment of validity." }),
    validTo: t.field({ type: "LocalDateTime", description: "Last moment of validity." }),
    privileges: t.stringList({ description: "Rights, in the vendor's words." }),
    accessScheduleId: t.int({ description: "Access schedule, 1 to 8." }),
    photo: t.field({ type: "Base64Input", description: "JPEG portrait." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const DeleteUserInput = builder.inputType("DeleteUserInput", {
  description: "Of deleteUser; give either serialNumbers or everywhere.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ description: "Devices." }),
    everywhere: t.boolean({ required: true, defaultValue: false, description: "All devices that have the user." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const CopyUsersInput = builder.inputType("CopyUsersInput", {
  description: "Of copyUsers.",
  fields: (t) => ({
    sourceSerialNumber: t.string({ required: true, description: "From." }),
    targetSerialNumbers: t.stringList({ required: true, description: "To, up to 20." }),
    employeeCodes: t.stringList({ description: "Only these; left out: everyone." }),
    includeTemplates: t.boolean({ required: true, defaultValue: true, description: "With templates." }),
    includePhotos: t.boolean({ required: true, defaultValue: true, description: "With portraits." }),
    overwrite: t.boolean({ required: true, defaultValue: true, description: "Overwrite users already there." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const ResendUserInput = builder.inputType("ResendUserInput", {
  description: "Of resendUser.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});
