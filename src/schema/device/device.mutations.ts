import type { DeviceCommand as CommandRecord } from "../../commands/command.ts";
import { operationIdFor, parseIdempotencyKey } from "../../commands/submit.ts";
import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import {
  commandById,
  runCommand,
  type CommandOutcome,
  addOutcome,
  addUserErrors,
  userErrorsOf,
  type UserErrorSource,
} from "../command/command.ts";
import { callerKey } from "../kernel/viewer.ts";
import { requireReported } from "../kernel/facts.ts";
import { omitNullish } from "../kernel/omit.ts";
import { RebootDeviceInput, ResetDeviceQueueInput, SyncDeviceTimeInput } from "./device.inputs.ts";
import { Device, type DeviceSource } from "./refs.ts";

const devicesPayload = (mutation: "syncDeviceTime" | "rebootDevice") => {
  const payload = builder
    .objectRef<CommandOutcome>(mutation === "syncDeviceTime" ? "SyncDeviceTimePayload" : "RebootDevicePayload")
    .implement({
      description: `Result of \`${mutation}\`: the commands and the errors.`,
      fields: (t) => ({
        devices: t.field({
          type: [Device],
          description: "The devices that have a command, in the order of `commands`.",
          resolve: ({ commands }) => commands.map(({ DeviceSN }) => ({ DeviceSN })),
        }),
      }),
    });
  addOutcome(payload);
  return payload;
};

const SyncDeviceTimePayload = devicesPayload("syncDeviceTime");
const RebootDevicePayload = devicesPayload("rebootDevice");

interface QueuePayload {
  readonly device: DeviceSource | null;
  readonly cancelled: readonly string[] | null;
  readonly restartedCallbacks: number | null;
  readonly userErrors: UserErrorSource[];
}

const ResetDeviceQueuePayload = builder.objectRef<QueuePayload>("ResetDeviceQueuePayload").implement({
  description: "Result of `resetDeviceQueue`: what was cancelled and restarted.",
  fields: (t) => ({
    device: t.field({
      type: Device,
      nullable: true,
      description: "The device whose queues were reset; null if there are errors.",
      resolve: ({ device }) => device,
    }),
    commands: t.field({
      type: [Command],
      nullable: true,
      description: "The commands that were cancelled. Empty if only the delivery of events was reset.",
      semanticNonNull: true,
      resolve: async ({ cancelled }, _args, context) => {
        const commands = await Promise.all(
          requireReported(cancelled, "commands").map((id) => commandById(id, context)),
        );
        return commands.filter((command): command is CommandRecord => command !== null);
      },
    }),
    restartedCallbacks: t.int({
      nullable: true,
      description: "Number of blocked events that the gateway delivers again. Null if it is not reported.",
      resolve: ({ restartedCallbacks }) => restartedCallbacks,
    }),
  }),
});

addUserErrors(ResetDeviceQueuePayload);

builder.mutationFields((t) => ({
  syncDeviceTime: t.field({
    type: SyncDeviceTimePayload,
    description: "Sets the clocks of devices, by default to the current time in each device's time zone.",
    upstream: ["SyncDeviceTime"],
    cost: 20,
    requiresScopes: ["devices:manage"],
    args: {
      input: t.arg({ type: SyncDeviceTimeInput, required: true, description: "The devices and the time to set." }),
    },
    resolve: (_root, { input }, context) =>
      runCommand(context, "SyncDeviceTime", input, {
        DeviceSN: input.serialNumbers ?? "ALL",
        ...omitNullish({ DeviceTime: input.time }),
      }),
  }),
  rebootDevice: t.field({
    type: RebootDevicePayload,
    description: "Restarts devices. Each command succeeds when its device reconnects; it is never sent twice.",
    upstream: ["RebootDevice"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["devices:manage"],
    args: {
      input: t.arg({ type: RebootDeviceInput, required: true, description: "The devices to restart, and options." }),
    },
    resolve: (_root, { input }, context) =>
      runCommand(context, "RebootDevice", input, { DeviceSN: input.serialNumbers }),
  }),
  resetDeviceQueue: t.field({
    type: ResetDeviceQueuePayload,
    description:
      "Cancels the commands that wait for a device, delivers its blocked events again, or both. It works while the device is offline.",
    upstream: ["ResetDeviceQueue"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["devices:manage"],
    args: {
      input: t.arg({
        type: ResetDeviceQueueInput,
        required: true,
        description: "The device and which of its queues to reset.",
      }),
    },
    resolve: async (_root, { input }, context) => {
      const DeviceSN = input.serialNumber;
      try {
        const response = await context.call("ResetDeviceQueue", {
          DeviceSN,
          Scope: input.scope,
          OperationID: operationIdFor(
            parseIdempotencyKey("ResetDeviceQueue", input.idempotencyKey),
            callerKey(context.viewer),
          ),
        });
        return {
          device: { DeviceSN },
          cancelled: response.CancelledCommandIDs,
          restartedCallbacks: response.RestartedCallbacks,
          userErrors: [],
        };
      } catch (error) {
        const userErrors = await userErrorsOf(error, input, context);
        if (userErrors === undefined) throw error;
        return { device: null, cancelled: [], restartedCallbacks: null, userErrors: [...userErrors] };
      } finally {
        context.renew();
      }
    },
  }),
}));
