import { Secret } from "../../contract/secret.ts";
import { builder } from "../kernel/builder.ts";
import { omitNullish } from "../kernel/omit.ts";
import { errorsBelow, rejectedInput, runCommand } from "../command/command.ts";
import { EnrollCardInput, EnrollFaceInput, EnrollFingerprintInput, SetUserPasswordInput } from "./credential.inputs.ts";
import { commandTarget, userPayload } from "./payload.ts";

const EnrollFingerprintPayload = userPayload("enrollFingerprint");
const EnrollFacePayload = userPayload("enrollFace");
const EnrollCardPayload = userPayload("enrollCard");
const SetUserPasswordPayload = userPayload("setUserPassword");

interface Template {
  readonly data: Secret;
  readonly algorithm?: string | null | undefined;
}

/** The fields of `input.source`, by which the errors of the gateway's request are named. */
const SOURCE_FIELDS: ReadonlySet<string> = new Set(["template", "photo", "capture"]);

/** Returns the template alone, or with type, index and format if the caller names the format. */
const templateInput = <Type extends "Fingerprint" | "Face">(
  Type: Type,
  Index: number,
  template: Template | null | undefined,
) => {
  if (template == null) return undefined;
  const { data, algorithm } = template;
  return algorithm == null ? data : { Type, Index, Data: data, Algorithm: algorithm };
};

const NO_CAPTURE = rejectedInput("capture", "`capture` must be true; pass another field of `source` instead.");

const captureFlag = (capture: boolean | null | undefined) => (capture === true ? (true as const) : undefined);

builder.mutationFields((t) => ({
  enrollFingerprint: t.field({
    type: EnrollFingerprintPayload,
    description: "Stores a fingerprint of a user on devices, from a template or captured at the device.",
    upstream: ["EnrollFingerprint"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: {
      input: t.arg({
        type: EnrollFingerprintInput,
        required: true,
        description: "The user, the devices and the fingerprint.",
      }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        errorsBelow(
          "source",
          SOURCE_FIELDS,
          input.source.capture === false
            ? NO_CAPTURE
            : await runCommand(context, "EnrollFingerprint", input, {
                DeviceSN: input.serialNumbers,
                EmployeeCode: input.employeeCode,
                Index: input.index,
                ...omitNullish({
                  Template: templateInput("Fingerprint", input.index, input.source.template),
                  Capture: captureFlag(input.source.capture),
                }),
              }),
        ),
      ),
  }),
  enrollFace: t.field({
    type: EnrollFacePayload,
    description: "Stores the face of a user on devices, from a template, a photo or captured at the device.",
    upstream: ["EnrollFace"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: {
      input: t.arg({ type: EnrollFaceInput, required: true, description: "The user, the devices and the face." }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        errorsBelow(
          "source",
          SOURCE_FIELDS,
          input.source.capture === false
            ? NO_CAPTURE
            : await runCommand(context, "EnrollFace", input, {
                DeviceSN: input.serialNumbers,
                EmployeeCode: input.employeeCode,
                ...omitNullish({
                  Template: templateInput("Face", 0, input.source.template),
                  Photo: input.source.photo == null ? undefined : { Data: input.source.photo },
                  Capture: captureFlag(input.source.capture),
                }),
              }),
        ),
      ),
  }),
  enrollCard: t.field({
    type: EnrollCardPayload,
    description: "Assigns a card to a user on devices and replaces the current one.",
    upstream: ["EnrollCard"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: {
      input: t.arg({ type: EnrollCardInput, required: true, description: "The user, the devices and the card." }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "EnrollCard", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
          CardNumber: input.cardNumber,
        }),
      ),
  }),
  setUserPassword: t.field({
    type: SetUserPasswordPayload,
    description: "Sets the PIN of a user on devices and replaces the current one.",
    upstream: ["SetUserPassword"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: {
      input: t.arg({ type: SetUserPasswordInput, required: true, description: "The user, the devices and the PIN." }),
    },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "SetUserPassword", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
          Password: new Secret(input.password),
        }),
      ),
  }),
}));
