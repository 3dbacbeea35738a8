import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
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
      description: `Of ${mutation}.`,
      fields: (t) => ({
        door: t.field({ type: Door, nullable: true, description: "The door.", resolve: ({ door }) => door }),
        command: t.field({
          type: Command,
          nullable: true,
          description: "The command; nothing has moved while QUEUED.",
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
  description: "Of setAccessSchedule.",
  fields: (t) => ({
    scheduleId: t.int({ nullable: true, description: "The slot.", resolve: ({ scheduleId }) => scheduleId }),
  }),
});

addOutcome(SetAccessSchedulePayload);

interface DoorInput {
  readonly serialNumber: string;
  readonly doorNumber: number;
}

const at = ({ serialNumber, doorNumber }: DoorInput, outcome: CommandOutcome): DoorPayload => ({
  ...outcome,
  door: outcome.userErrors.length === 0 ? { DeviceSN: serialNumber, DoorNo: doorNumber } : null,
});

const LONGEST_OPERATOR = 64;

builder.mutationFields((t) => ({
  openDoor: t.field({
    type: OpenDoorPayload,
    description: "Release a door within 30 seconds, unless told otherwise, or not at all.",
    upstream: ["OpenDoor"],
    cost: 20,
    requiresScopes: ["doors:control"],
    args: { input: t.arg({ type: OpenDoorInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) =>
      at(
        input,
        await runCommand(context, "OpenDoor", input, {
          DeviceSN: input.serialNumber,
          DoorNo: input.doorNumber,
          DurationSeconds: input.durationSeconds,
          Operator: context.viewer.name.slice(0, LONGEST_OPERATOR),
          ...omitNullish({ Reason: input.options?.reason }),
        }),
      ),
  }),
  lockDoor: t.field({
    type: LockDoorPayload,
    description: "Lock, hold or release a door.",
    upstream: ["LockDoor"],
    cost: 20,
    requiresScopes: ["doors:control"],
    args: { input: t.arg({ type: LockDoorInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) =>
      at(
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
    description: "Set a weekly schedule.",
    upstream: ["SetAccessSchedule"],
    cost: 20,
    requiresScopes: ["devices:manage"],
    args: { input: t.arg({ type: SetAccessScheduleInput, required: true, description: "What." }) },
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
