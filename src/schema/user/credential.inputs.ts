import { builder } from "../kernel/builder.ts";
import { COMMAND_OPTIONS_DESCRIPTION, CommandOptions } from "../command/refs.ts";

const EMPLOYEE_CODE = "Code of the user who gets the credential. Leading zeros matter.";
const SERIAL_NUMBERS = "Serial numbers of the devices to store the credential on, up to 100. They must have the user.";

const TemplateInput = builder.inputType("TemplateInput", {
  description: "A biometric template and the name of its format.",
  fields: (t) => ({
    data: t.field({ type: "Base64Input", required: true, description: "The template of the user in Base64." }),
    algorithm: t.string({
      description:
        "Name of the format of `data` in the vendor's notation, such as `DeviceInfo.algorithm`. Omit it if unknown.",
    }),
  }),
});

const FingerprintSource = builder.inputType("FingerprintSource", {
  description: "Where a fingerprint comes from: exactly one of these fields.",
  isOneOf: true,
  fields: (t) => ({
    template: t.field({ type: TemplateInput, description: "Fingerprint template of the user." }),
    capture: t.boolean({
      description: "True: the device asks the person to present the finger. It needs the capability `REMOTE_CAPTURE`.",
    }),
  }),
});

const FaceSource = builder.inputType("FaceSource", {
  description: "Where a face comes from: exactly one of these fields.",
  isOneOf: true,
  fields: (t) => ({
    template: t.field({ type: TemplateInput, description: "Face template of the user." }),
    photo: t.field({
      type: "Base64Input",
      description: "Photo of the face as a JPEG in Base64, from which the device makes the template.",
    }),
    capture: t.boolean({
      description: "True: the device asks the person to present the face. It needs the capability `REMOTE_CAPTURE`.",
    }),
  }),
});

export const EnrollFingerprintInput = builder.inputType("EnrollFingerprintInput", {
  description: "The user, the devices, the finger and where it comes from.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: EMPLOYEE_CODE }),
    serialNumbers: t.stringList({ required: true, description: SERIAL_NUMBERS }),
    index: t.int({
      required: true,
      description: "Number of the finger, from 0 to 9. A template with the same number is replaced.",
    }),
    source: t.field({ type: FingerprintSource, required: true, description: "Where the fingerprint comes from." }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const EnrollFaceInput = builder.inputType("EnrollFaceInput", {
  description: "The user, the devices and where the face comes from.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: EMPLOYEE_CODE }),
    serialNumbers: t.stringList({ required: true, description: SERIAL_NUMBERS }),
    source: t.field({ type: FaceSource, required: true, description: "Where the data of the face comes from." }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const EnrollCardInput = builder.inputType("EnrollCardInput", {
  description: "The user, the devices and the card. It replaces the user's card.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: EMPLOYEE_CODE }),
    serialNumbers: t.stringList({ required: true, description: SERIAL_NUMBERS }),
    cardNumber: t.string({
      required: true,
      description: "Number of the card, from 1 to 20 digits. Leading zeros matter.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const SetUserPasswordInput = builder.inputType("SetUserPasswordInput", {
  description: "The user, the devices and the PIN. It replaces the user's PIN.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: EMPLOYEE_CODE }),
    serialNumbers: t.stringList({ required: true, description: SERIAL_NUMBERS }),
    password: t.string({
      required: true,
      description: "The PIN, from 1 to 8 digits. It is never logged and cannot be read again.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});
