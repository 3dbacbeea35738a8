import { credentialAdded, type EnrollmentChange } from "../enrollment.events.ts";
import { isKnown, mergeCredentials, NOT_ON_DEVICE, onDevice, store, takes } from "../enrollments.ts";
import type { Answer, Call, Gateway, Handlers, Order } from "../handler.ts";
import type { SimCredential, SimDevice, World } from "../state.ts";
import { captured, toCredential } from "./credentials.ts";
import { submit } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { firstTime, trackQueued, unknownEmployee, userOrder } from "./user.task.ts";

/** How long a person takes to present a finger or a face. */
const CAPTURE_MS = 3000;

interface Enrolment {
  readonly Type: string;
  readonly Index: number;
  /** The credential to store, made when the device has the command. */
  readonly make: (now: number) => SimCredential;
  /** The credential was not sent: the terminal asks the person for it. */
  readonly isCapture?: boolean;
}

const remember = ({ users }: World, EmployeeCode: string, credential: SimCredential): void => {
  const user = users.get(EmployeeCode);
  if (user === undefined) return;
  const credentials = mergeCredentials(user.credentials, [credential]);
  users.set(EmployeeCode, { ...user, credentials, updated: credential.updated });
};

const CANNOT_CAPTURE = {
  kind: "refused",
  status: "notSupportedByDevice",
  reason: "The terminal does not know Capture.",
} as const;

const noReader = (Type: string) =>
  ({ kind: "refused", status: "notSupportedByDevice", reason: `The terminal has no reader for ${Type}.` }) as const;

type EnrollName = "EnrollFingerprint" | "EnrollFace" | "EnrollCard" | "SetUserPassword";

const enroll = (call: Call<EnrollName>, gateway: Gateway, plan: (now: number) => Enrolment): Promise<Answer> => {
  const { world, clock } = gateway;
  const { EmployeeCode } = call.input;
  const devices = namedDevices(world, call.caller, call.input.DeviceSN);
  return submit(call, gateway, () => {
    checkCommands(devices);
    if (!isKnown(world, EmployeeCode)) throw unknownEmployee();
    const enrolment = plan(clock.now());
    let first: SimCredential | undefined;
    const record = firstTime(() => {
      if (first !== undefined) remember(world, EmployeeCode, first);
    });
    const orderFor = (device: SimDevice): Order => {
      const wait = enrolment.isCapture === true ? CAPTURE_MS : 0;
      const order = userOrder(gateway, {
        device,
        EmployeeCode,
        changes: [failedChange(enrolment)],
        change: (now) => {
          const user = onDevice(device, EmployeeCode);
          if (user === undefined) return NOT_ON_DEVICE;
          const credential = enrolment.make(now);
          const credentials = mergeCredentials(user.credentials, [credential]);
          const refusal = store(device, { ...user, credentials, updated: now }, now);
          if (refusal !== undefined) return refusal;
          first ??= credential;
          record();
          return [credentialAdded(credential)];
        },
      });
      return wait === 0 ? order : afterCapture(order, device, enrolment.Type, wait);
    };
    return { orders: devices.map(orderFor), queued: trackQueued(gateway) };
  });
};

const failedChange = ({ Type, Index }: Enrolment): EnrollmentChange => ({
  Action: "CredentialAdded",
  credential: { Type, Index, Size: null },
});

/** The terminal asks for the finger or face first, where it can. */
const afterCapture = (order: Order, device: SimDevice, Type: string, forMs: number): Order => {
  let isAsked = false;
  return {
    ...order,
    task: {
      ...order.task,
      run: (command) => {
        if (!takes(device, Type)) return noReader(Type);
        if (device.capabilities["RemoteCapture"] !== true) return CANNOT_CAPTURE;
        if (onDevice(device, command.EmployeeCode ?? "") === undefined) return NOT_ON_DEVICE;
        if (isAsked) return order.task.run(command);
        isAsked = true;
        return { kind: "working", forMs };
      },
    },
  };
};

type Template = NonNullable<Call<"EnrollFingerprint">["input"]["Template"]>;

const given = (Type: string, Index: number, template: Template, now: number): Enrolment => {
  const framed = typeof template === "string" ? { Type, Index, Data: template } : template;
  const credential = toCredential(framed, now);
  return { Type, Index, make: (updated) => ({ ...credential, updated }) };
};

const capture = (Type: "Fingerprint" | "Face", Index: number, { random }: Gateway): Enrolment => ({
  Type,
  Index,
  make: (now) => captured(Type, Index, random, now),
  isCapture: true,
});

export const enrollHandlers: Handlers<EnrollName> = {
  EnrollFingerprint: (call, gateway) =>
    enroll(call, gateway, (now) => {
      const { Index, Template: template } = call.input;
      return template === undefined
        ? capture("Fingerprint", Index, gateway)
        : given("Fingerprint", Index, template, now);
    }),
  EnrollFace: (call, gateway) =>
    enroll(call, gateway, (now) => {
      const { Template: template, Photo } = call.input;
      if (template !== undefined) return given("Face", 0, template, now);
      if (Photo === undefined) return capture("Face", 0, gateway);
      return given("Face", 0, { Type: "Face", Index: 0, Data: Photo.Data, Size: Photo.Size }, now);
    }),
  EnrollCard: (call, gateway) => enroll(call, gateway, (now) => given("Card", 0, call.input.CardNumber, now)),
  SetUserPassword: (call, gateway) => enroll(call, gateway, (now) => given("Password", 0, call.input.Password, now)),
};
