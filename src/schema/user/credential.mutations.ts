import { Secret } from "../../contract/secret.ts";
import { builder } from "../kernel/builder.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { runCommand } from "../command/command.ts";
import { EnrollCardInput, EnrollFaceInput, EnrollFingerprintInput, SetUserPasswordInput } from "./credential.inputs.ts";
import { commandTarget, userPayload } from "./payload.ts";

const EnrollFingerprintPayload = userPayload("enrollFingerprint");
const EnrollFacePayload = userPayload("enrollFace");
const EnrollCardPayload = userPayload("enrollCard");
const SetUserPasswordPayload = userPayload("setUserPassword");

interface Template {
  readonly template?: Secret | null | undefined;
  readonly algorithm?: string | null | undefined;
}

/** A template alone, or in its frame when its format is told. */
const framed = <Type extends "Fingerprint" | "Face">(Type: Type, Index: number, { template, algorithm }: Template) => {
  if (template == null) return undefined;
  return algorithm == null ? template : { Type, Index, Data: template, Algorithm: algorithm };
};

const capture = (wanted: boolean) => (wanted ? (true as const) : undefined);

builder.mutationFields((t) => ({
  enrollFingerprint: t.field({
    type: EnrollFingerprintPayload,
    description: "Send or capture a fingerprint.",
    upstream: ["EnrollFingerprint"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: { input: t.arg({ type: EnrollFingerprintInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "EnrollFingerprint", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
          Index: input.index,
          ...omitNullish({ Template: framed("Fingerprint", input.index, input), Capture: capture(input.capture) }),
        }),
      ),
  }),
  enrollFace: t.field({
    type: EnrollFacePayload,
    description: "Send or capture a face.",
    upstream: ["EnrollFace"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: { input: t.arg({ type: EnrollFaceInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) =>
      commandTarget(
        input,
        await runCommand(context, "EnrollFace", input, {
          DeviceSN: input.serialNumbers,
          EmployeeCode: input.employeeCode,
          ...omitNullish({
            Template: framed("Face", 0, input),
            Photo: input.photo == null ? undefined : { Data: input.photo },
            Capture: capture(input.capture),
          }),
        }),
      ),
  }),
  enrollCard: t.field({
    type: EnrollCardPayload,
    description: "Assign a card.",
    upstream: ["EnrollCard"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: { input: t.arg({ type: EnrollCardInput, required: true, description: "What." }) },
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
    description: "Set the password.",
    upstream: ["SetUserPassword"],
    cost: 20,
    requiresScopes: ["credentials:write"],
    args: { input: t.arg({ type: SetUserPasswordInput, required: true, description: "What." }) },
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
