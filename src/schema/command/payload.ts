import { builder } from "../kernel/builder.ts";
import type { CommandOutcome } from "./run-command.ts";
import type { UserErrorSource } from "./user-errors.ts";
import { Command, UserError } from "./refs.ts";

type Payload<Source> = ReturnType<ReturnType<typeof builder.objectRef<Source>>["implement"]>;

/** What every mutation can be refused with. */
export const addUserErrors = <Source extends { readonly userErrors: UserErrorSource[] }>(
  payload: Payload<Source>,
): void => {
  builder.objectField(payload, "userErrors", (t) =>
    t.field({
      type: [UserError],
      description: "What was refused.",
      resolve: (source) => (source as unknown as CommandOutcome).userErrors,
    }),
  );
};

/** The commands that a mutation gave, and what was refused. */
export const addOutcome = <Source extends CommandOutcome>(
  payload: Payload<Source>,
  description = "One per device, in input order.",
): void => {
  builder.objectField(payload, "commands", (t) =>
    t.field({ type: [Command], description, resolve: (source) => (source as unknown as CommandOutcome).commands }),
  );
  addUserErrors(payload);
};
