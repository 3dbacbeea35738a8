import { credentialAdded, type EnrollmentChange } from "../enrollment.events.ts";
import {
  isKnownEmployee,
  mergeCredentials,
  NOT_ON_DEVICE,
  userOnDevice,
  storeUser,
  supportsCredential,
} from "../enrollments.ts";
import type { Answer, Call, Gateway, Handlers, DeviceTask } from "../handler.ts";
import type { SimCredential, SimDevice, World } from "../state.ts";
import { captureCredential, toCredential } from "./credentials.ts";
import { submitCommands } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { onFirstCall, trackQueued, unknownEmployee, userTask } from "./user.task.ts";

/** How long a person takes to present a finger or a face, in milliseconds. */
const CAPTURE_MS = 3000;

interface CredentialPlan {
  readonly Type: string;
  readonly Index: number;
  /** Creates the credential to store. Called when the device executes the command. */
  readonly create: (now: number) => SimCredential;
  /** The request has no credential: the terminal asks the person for it. */
  readonly isCapture?: boolean;
}

const addToRecord = ({ users }: World, EmployeeCode: string, credential: SimCredential): void => {
  const user = users.get(EmployeeCode);
  if (user === undefined) return;
  const credentials = mergeCredentials(user.credentials, [credential]);
  users.set(EmployeeCode, { ...user, credentials, updated: credential.updated });
};

const CANNOT_CAPTURE = {
  kind: "refused",
  status: "notSupportedByDevice",
  reason: "The terminal does not support Capture.",
} as const;

const noReader = (Type: string) =>
  ({ kind: "refused", status: "notSupportedByDevice", reason: `The terminal has no reader for ${Type}.` }) as const;

type EnrollName = "EnrollFingerprint" | "EnrollFace" | "EnrollCard" | "SetUserPassword";

const enroll = (call: Call<EnrollName>, gateway: Gateway, plan: (now: number) => CredentialPlan): Promise<Answer> => {
  const { world, clock } = gateway;
  const { EmployeeCode } = call.input;
  const devices = namedDevices(world, call.caller, call.input.DeviceSN);
  return submitCommands(call, gateway, () => {
    checkCommands(devices);
    if (!isKnownEmployee(world, EmployeeCode)) throw unknownEmployee();
    const planned = plan(clock.now());
    let first: SimCredential | undefined;
    const record = onFirstCall(() => {
      if (first !== undefined) addToRecord(world, EmployeeCode, first);
    });
    const taskFor = (device: SimDevice): DeviceTask => {
      const waitMs = planned.isCapture === true ? CAPTURE_MS : 0;
      const task = userTask(gateway, {
        device,
        EmployeeCode,
        changes: [failedChange(planned)],
        change: (now) => {
          const user = userOnDevice(device, EmployeeCode);
          if (user === undefined) return NOT_ON_DEVICE;
          const credential = planned.create(now);
          const credentials = mergeCredentials(user.credentials, [credential]);
          const refusal = storeUser(device, { ...user, credentials, updated: now }, now);
          if (refusal !== undefined) return refusal;
          first ??= credential;
          record();
          return [credentialAdded(credential)];
        },
      });
      return waitMs === 0 ? task : afterCapture(task, device, planned.Type, waitMs);
    };
    return { tasks: devices.map(taskFor), onQueued: trackQueued(gateway) };
  });
};

const failedChange = ({ Type, Index }: CredentialPlan): EnrollmentChange => ({
  Action: "CredentialAdded",
  credential: { Type, Index, Size: null },
});

/** Lets the terminal ask for the finger or face first, if it can. */
const afterCapture = (deviceTask: DeviceTask, device: SimDevice, Type: string, forMs: number): DeviceTask => {
  let isAsked = false;
  return {
    ...deviceTask,
    task: {
      ...deviceTask.task,
      run: (command) => {
        if (!supportsCredential(device, Type)) return noReader(Type);
        if (device.capabilities["RemoteCapture"] !== true) return CANNOT_CAPTURE;
        if (userOnDevice(device, command.EmployeeCode ?? "") === undefined) return NOT_ON_DEVICE;
        if (isAsked) return deviceTask.task.run(command);
        isAsked = true;
        return { kind: "working", forMs };
      },
    },
  };
};

type Template = NonNullable<Call<"EnrollFingerprint">["input"]["Template"]>;

const fromTemplate = (Type: string, Index: number, template: Template, now: number): CredentialPlan => {
  const framed = typeof template === "string" ? { Type, Index, Data: template } : template;
  const credential = toCredential(framed, now);
  return { Type, Index, create: (updated) => ({ ...credential, updated }) };
};

const capture = (Type: "Fingerprint" | "Face", Index: number, { random }: Gateway): CredentialPlan => ({
  Type,
  Index,
  create: (now) => captureCredential(Type, Index, random, now),
  isCapture: true,
});

export const enrollHandlers: Handlers<EnrollName> = {
  EnrollFingerprint: (call, gateway) =>
    enroll(call, gateway, (now) => {
      const { Index, Template: template } = call.input;
      return template === undefined
        ? capture("Fingerprint", Index, gateway)
        : fromTemplate("Fingerprint", Index, template, now);
    }),
  EnrollFace: (call, gateway) =>
    enroll(call, gateway, (now) => {
      const { Template: template, Photo } = call.input;
      if (template !== undefined) return fromTemplate("Face", 0, template, now);
      if (Photo === undefined) return capture("Face", 0, gateway);
      return fromTemplate("Face", 0, { Type: "Face", Index: 0, Data: Photo.Data, Size: Photo.Size }, now);
    }),
  EnrollCard: (call, gateway) => enroll(call, gateway, (now) => fromTemplate("Card", 0, call.input.CardNumber, now)),
  SetUserPassword: (call, gateway) =>
    enroll(call, gateway, (now) => fromTemplate("Password", 0, call.input.Password, now)),
};
