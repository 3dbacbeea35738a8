import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import { omitNullish } from "../kernel/omit.ts";
import { runCommand, type CommandOutcome, addOutcome, addUserErrors } from "../command/command.ts";
import { LockDoorInput, OpenDoorInput, SetAccessScheduleInput } from "./access.inputs.ts";
import { Door, type DoorSource } from "./refs.ts";

interface DoorPayload extends CommandOutcome {
  readonly door: DoorSource | null;
}

interface SchedulePayload extends CommandOutcome {
  readonly scheduleId: number | null;
}

const doorPayload = (mutation: "openDoor" | "lockDoor") => {
  const payload = builder
    .objectRef<DoorPayload>(mutation === "openDoor" ? "OpenDoorPayload" : "LockDoorPayload")
    .implement({
      description: `Result of \`${mutation}\`: the command for the door, or the errors that prevented it.`,
      fields: (t) => ({
        door: t.field({
          type: Door,
          nullable: true,
          description: "The door as last known after the command; null if there are `userErrors`.",
          resolve: ({ door }) => door,
        }),
        command: t.field({
          type: Command,
          nullable: true,
          description:
            "The command and its status; null if there are `userErrors`. `QUEUED` means that nothing has moved yet: " +
            "follow the command with `commandUpdated`. It becomes `EXPIRED` if the device does not take it in time.",
          resolve: ({ commands }) => commands[0] ?? null,
        }),
      }),
    });
  addUserErrors(payload);
  return payload;
};

const OpenDoorPayload = doorPayload("openDoor");
const LockDoorPayload = doorPayload("lockDoor");

const SetAccessSchedulePayload = builder.objectRef<SchedulePayload>("SetAccessSchedulePayload").implement({
  description: "Result of `setAccessSchedule`: one command per device, or the errors that prevented them.",
  fields: (t) => ({
    scheduleId: t.int({
      nullable: true,
      description: "Number of the schedule that is being set; null if there are `userErrors`.",
      resolve: ({ scheduleId }) => scheduleId,
    }),
  }),
});

addOutcome(SetAccessSchedulePayload);

interface DoorInput {
  readonly serialNumber: string;
  readonly doorNumber: number;
}

const payloadFor = ({ serialNumber, doorNumber }: DoorInput, outcome: CommandOutcome): DoorPayload => ({
  ...outcome,
  door: outcome.userErrors.length === 0 ? { DeviceSN: serialNumber, DoorNo: doorNumber } : null,
});

/** In characters. */
const MAX_OPERATOR = 64;

builder.mutationFields((t) => ({
  openDoor: t.field({
    type: OpenDoorPayload,
    description:
      "Releases the lock of a door for a few seconds. By default the command expires after 30 seconds and is not queued for " +
      "an offline device, so that the door does not open when nobody expects it. Set `options.idempotencyKey` to retry safely.",
    upstream: ["OpenDoor"],
    cost: 20,
    requiresScopes: ["doors:control"],
    args: { input: t.arg({ type: OpenDoorInput, required: true, description: "The door to open, and for how long." }) },
    resolve: async (_root, { input }, context) =>
      payloadFor(
        input,
        await runCommand(context, "OpenDoor", input, {
          DeviceSN: input.serialNumber,
          DoorNo: input.doorNumber,
          DurationSeconds: input.durationSeconds,
          Operator: context.viewer.name.slice(0, MAX_OPERATOR).toWellFormed(),
          ...omitNullish({ Reason: input.options?.reason }),
        }),
      ),
  }),
  lockDoor: t.field({
    type: LockDoorPayload,
    description:
      "Locks a door, holds it locked or open, or ends a hold. By default the command expires after 30 seconds and is not " +
      "queued for an offline device. Set `options.idempotencyKey` to retry safely.",
    upstream: ["LockDoor"],
    cost: 20,
    requiresScopes: ["doors:control"],
    args: {
      input: t.arg({ type: LockDoorInput, required: true, description: "The door, and what to do with its lock." }),
    },
    resolve: async (_root, { input }, context) =>
      payloadFor(
        input,
        await runCommand(context, "LockDoor", input, {
          DeviceSN: input.serialNumber,
          DoorNo: input.doorNumber,
          Mode: input.mode,
          ...omitNullish({ HoldSeconds: input.holdSeconds, Reason: input.options?.reason }),
        }),
      ),
  }),
  setAccessSchedule: t.field({
    type: SetAccessSchedulePayload,
    description:
      "Replaces a weekly access schedule on one or more devices: days and periods that the input omits allow no access. " +
      "An offline device gets it when it is back online.",
    upstream: ["SetAccessSchedule"],
    cost: 20,
    requiresScopes: ["devices:manage"],
    args: {
      input: t.arg({
        type: SetAccessScheduleInput,
        required: true,
        description: "The schedule, and the devices that store it.",
      }),
    },
    resolve: async (_root, { input }, context) => {
      const Days = input.days.map(({ day, windows }) => ({
        Day: day,
        Windows: windows.map(({ start, end }) => ({ Start: start, End: end })),
      }));
      const outcome = await runCommand(context, "SetAccessSchedule", input, {
        DeviceSN: input.serialNumbers,
        ScheduleID: input.scheduleId,
        Days,
        ...omitNullish({ ScheduleName: input.name, EmployeeCodes: input.employeeCodes, DoorNos: input.doorNumbers }),
      });
      return { ...outcome, scheduleId: outcome.userErrors.length === 0 ? input.scheduleId : null };
    },
  }),
}));
