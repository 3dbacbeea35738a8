import { builder } from "../kernel/builder.ts";

export const CommandOptions = builder.inputType("CommandOptions", {
  description: "How a command is given.",
  fields: (t) => ({
    idempotencyKey: t.string({ description: "Same key and input within 24 hours: same answer, nothing done twice." }),
    waitSeconds: t.int({ required: true, defaultValue: 15, description: "Wait for the device, 0 to 25." }),
    expiresInSeconds: t.int({ description: "Give up after, 5 to 604800; by default 30 for doors, otherwise 86400." }),
    queueIfOffline: t.boolean({
      description: "Accept that an offline device gets it later; by default false for doors, otherwise true.",
    }),
    reason: t.string({ description: "Why; for the audit log." }),
  }),
});
