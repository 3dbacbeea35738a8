import { builder } from "../kernel/builder.ts";
import { CommandOptions } from "../command/refs.ts";

export const EnrollFingerprintInput = builder.inputType("EnrollFingerprintInput", {
  description: "Of enrollFingerprint; give either template or capture.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    index: t.int({ required: true, description: "Finger, 0 to 9." }),
    template: t.field({ type: "Base64Input", description: "Template." }),
    algorithm: t.string({ description: "Template format." }),
    capture: t.boolean({ required: true, defaultValue: false, description: "Let the terminal ask for the finger." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const EnrollFaceInput = builder.inputType("EnrollFaceInput", {
  description: "Of enrollFace; give one of template, photo and capture.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    template: t.field({ type: "Base64Input", description: "Template." }),
    algorithm: t.string({ description: "Template format." }),
    photo: t.field({ type: "Base64Input", description: "JPEG to take the face from." }),
    capture: t.boolean({ required: true, defaultValue: false, description: "Let the terminal ask for the face." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const EnrollCardInput = builder.inputType("EnrollCardInput", {
  description: "Of enrollCard.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    cardNumber: t.string({ required: true, description: "Card number, up to 20 digits." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const SetUserPasswordInput = builder.inputType("SetUserPasswordInput", {
  description: "Of setUserPassword.",
  fields: (t) => ({
    employeeCode: t.string({ required: true, description: "Employee code." }),
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    password: t.string({ required: true, description: "Up to 8 digits; never logged." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});
