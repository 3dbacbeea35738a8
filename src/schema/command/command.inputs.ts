import { builder } from "../kernel/builder.ts";

export const CommandOptions = builder.inputType("CommandOptions", {
  description: "Options of a mutation that sends commands to devices.",
  fields: (t) => ({
    idempotencyKey: t.string({
      description:
        "Any string of at most 255 characters that identifies this request. The same key with the same input within 24 " +
        "hours returns the first result and sends nothing again. An empty or blank key counts as not given.",
    }),
    waitSeconds: t.int({
      required: true,
      defaultValue: 15,
      description:
        "How many seconds to wait for the device, from 0 to 25. Commands that are not final by then are returned as " +
        "`QUEUED` or `SENT`; those for a device that is known to be offline at once.",
    }),
    expiresInSeconds: t.int({
      description:
        "After how many seconds in the queue the command expires, from 5 to 604800. The default is 30 for door commands " +
        "and 86400 for others.",
    }),
    queueIfOffline: t.boolean({
      description:
        "Whether an offline device may carry out the command later. The default is false for door commands and true " +
        "for others. False is `INVALID_INPUT` if the input names no devices.",
    }),
    reason: t.string({
      description: "Why the caller requests this, for the audit log. A door command also writes it to the door's log.",
    }),
  }),
});

export const BulkCommandOptions = builder.inputType("BulkCommandOptions", {
  description: "Options of a mutation that sends many commands and waits for none of them.",
  fields: (t) => ({
    idempotencyKey: t.string({
      description:
        "Any string of at most 255 characters that identifies this request. It applies to each user: if you repeat the mutation " +
        "with the same key within 24 hours, even with other users added or removed, users whose commands were accepted are not " +
        "sent again.",
    }),
    expiresInSeconds: t.int({
      description: "After how many seconds in the queue a command expires, from 5 to 604800. The default is 86400.",
    }),
    queueIfOffline: t.boolean({
      description: "Whether an offline device may carry out its commands later. The default is true.",
    }),
    reason: t.string({ description: "Why the caller requests this, for the audit log." }),
  }),
});

/** The description of every input field of type CommandOptions. */
export const COMMAND_OPTIONS_DESCRIPTION =
  "Idempotency key, expiry, and how long to wait for the device. Omit it to use the defaults.";
