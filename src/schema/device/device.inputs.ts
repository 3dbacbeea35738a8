import { builder } from "../kernel/builder.ts";
import { COMMAND_OPTIONS_DESCRIPTION, CommandOptions } from "../command/refs.ts";

const DeviceQueueScope = builder.enumType("DeviceQueueScope", {
  description: "Which queues of a device `resetDeviceQueue` resets.",
  values: {
    COMMANDS: {
      value: "Commands",
      description: "Cancel all commands of the device that are not final. A sent command may have taken effect.",
    },
    CALLBACKS: {
      value: "Callbacks",
      description: "Deliver the blocked events of the device again, immediately. No event is dropped.",
    },
    ALL: { value: "All", description: "Cancel the commands and deliver the blocked events again." },
  } as const,
});

export const MigrationFilter = builder.inputType("MigrationFilter", {
  description: "Which migrations to return, by exactly one of these fields.",
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: "Return only the migration with this ID." }),
    serialNumber: t.string({
      description: "Return only migrations from or to the device with this serial number.",
    }),
  }),
});

export const SyncDeviceTimeInput = builder.inputType("SyncDeviceTimeInput", {
  description: "The devices whose clocks to set, and the time.",
  fields: (t) => ({
    serialNumbers: t.stringList({
      description: "Serial numbers of the devices, up to 100. Omit it to set the clocks of all devices.",
    }),
    time: t.field({
      type: "LocalDateTime",
      description:
        "Wall-clock time to set on every device. Omit it to set the current time in each device's time zone.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const RebootDeviceInput = builder.inputType("RebootDeviceInput", {
  description: "The devices that `rebootDevice` restarts.",
  fields: (t) => ({
    serialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices to restart, up to 100.",
    }),
    options: t.field({ type: CommandOptions, description: COMMAND_OPTIONS_DESCRIPTION }),
  }),
});

export const ResetDeviceQueueInput = builder.inputType("ResetDeviceQueueInput", {
  description: "The device whose queues to reset, and which of them.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Serial number of the device whose queues to reset." }),
    scope: t.field({
      type: DeviceQueueScope,
      required: true,
      defaultValue: "Commands",
      description: "Which queues to reset; only the commands if you omit it.",
    }),
    idempotencyKey: t.string({
      description:
        "Any string of at most 255 characters that identifies this request. The same key and input return the first " +
        "result again. An empty or blank key counts as not given.",
    }),
  }),
});
