import { builder } from "../kernel/builder.ts";
import { CommandOptions } from "../command/refs.ts";

const DeviceQueueScope = builder.enumType("DeviceQueueScope", {
  description: "What resetDeviceQueue resets.",
  values: {
    COMMANDS: { value: "Commands", description: "Cancel waiting commands; one already sent may have taken effect." },
    CALLBACKS: { value: "Callbacks", description: "Retry blocked callbacks now." },
    ALL: { value: "All", description: "Both." },
  } as const,
});

export const SyncDeviceTimeInput = builder.inputType("SyncDeviceTimeInput", {
  description: "Of syncDeviceTime.",
  fields: (t) => ({
    serialNumbers: t.stringList({ description: "Devices; left out: all." }),
    time: t.field({ type: "LocalDateTime", description: "Time to set; left out: now, in the device's zone." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const RebootDeviceInput = builder.inputType("RebootDeviceInput", {
  description: "Of rebootDevice.",
  fields: (t) => ({
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const ResetDeviceQueueInput = builder.inputType("ResetDeviceQueueInput", {
  description: "Of resetDeviceQueue.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Device." }),
    scope: t.field({ type: DeviceQueueScope, required: true, defaultValue: "Commands", description: "What." }),
    idempotencyKey: t.string({ description: "Same key and input: same answer." }),
  }),
});
