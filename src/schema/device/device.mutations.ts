import type { Command as CommandRecord } from "../../commands/command.ts";
import { operationIdFor } from "../../commands/submit.ts";
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
import { omitNullish } from "../kernel/omit-nullish.ts";
import { RebootDeviceInput, ResetDeviceQueueInput, SyncDeviceTimeInput } from "./device.inputs.ts";
import { Device, type DeviceSource } from "./refs.ts";

const devicesPayload = (mutation: "syncDeviceTime" | "rebootDevice") => {
  const payload = builder
    .objectRef<CommandOutcome>(mutation === "syncDeviceTime" ? "SyncDeviceTimePayload" : "RebootDevicePayload")
    .implement({
      description: `Of ${mutation}.`,
      fields: (t) => ({
        devices: t.field({
          type: [Device],
          description: "The devices.",
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
  readonly cancelled: readonly string[];
  readonly restartedCallbacks: number | null;
  readonly userErrors: UserErrorSource[];
}

const ResetDeviceQueuePayload = builder.objectRef<QueuePayload>("ResetDeviceQueuePayload").implement({
  description: "Of resetDeviceQueue.",
  fields: (t) => ({
    device: t.field({ type: Device, nullable: true, description: "The device.", resolve: ({ device }) => device }),
    commands: t.field({
      type: [Command],
      description: "The commands cancelled.",
      resolve: async ({ cancelled }, _args, context) => {
        const commands = await Promise.all(cancelled.map((id) => commandById(id, context)));
        return commands.filter((command): command is CommandRecord => command !== null);
      },
    }),
    restartedCallbacks: t.int({
      nullable: true,
      description: "Callbacks retried.",
      resolve: ({ restartedCallbacks }) => restartedCallbacks,
    }),
  }),
});

addUserErrors(ResetDeviceQueuePayload);

builder.mutationFields((t) => ({
  syncDeviceTime: t.field({
    type: SyncDeviceTimePayload,
    description: "Set clocks.",
    upstream: ["SyncDeviceTime"],
    cost: 20,
    requiresScopes: ["devices:manage"],
    args: { input: t.arg({ type: SyncDeviceTimeInput, required: true, description: "What." }) },
    resolve: (_root, { input }, context) =>
      runCommand(context, "SyncDeviceTime", input, {
        DeviceSN: input.serialNumbers ?? "ALL",
        ...omitNullish({ DeviceTime: input.time }),
      }),
  }),
  rebootDevice: t.field({
    type: RebootDevicePayload,
    description: "Restart devices.",
    upstream: ["RebootDevice"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["devices:manage"],
    args: { input: t.arg({ type: RebootDeviceInput, required: true, description: "What." }) },
    resolve: (_root, { input }, context) =>
      runCommand(context, "RebootDevice", input, { DeviceSN: input.serialNumbers }),
  }),
  resetDeviceQueue: t.field({
    type: ResetDeviceQueuePayload,
    description: "Clear stuck commands or callbacks.",
    upstream: ["ResetDeviceQueue"],
    cost: 20,
    tag: "operations",
    requiresScopes: ["devices:manage"],
    args: { input: t.arg({ type: ResetDeviceQueueInput, required: true, description: "What." }) },
    resolve: async (_root, { input }, context) => {
      const DeviceSN = input.serialNumber;
      try {
        const answer = await context.call("ResetDeviceQueue", {
          DeviceSN,
          Scope: input.scope,
          OperationID: operationIdFor(input.idempotencyKey, callerKey(context.viewer)),
        });
        return {
          device: { DeviceSN },
          cancelled: answer.CancelledCommandIDs ?? [],
          restartedCallbacks: answer.RestartedCallbacks,
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
