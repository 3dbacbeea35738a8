import { builder } from "../kernel/builder.ts";
import type { CommandOutcome } from "./run-command.ts";
import type { UserErrorSource } from "./user-errors.ts";
import { Command, UserError } from "./refs.ts";

type Payload<Source> = ReturnType<ReturnType<typeof builder.objectRef<Source>>["implement"]>;

/** Adds the field `userErrors` to the payload of a mutation. */
export const addUserErrors = <Source extends { readonly userErrors: UserErrorSource[] }>(
  payload: Payload<Source>,
): void => {
  builder.objectField(payload, "userErrors", (t) =>
    t.field({
      type: [UserError],
      description: "What was rejected and why. Empty if the gateway accepted everything.",
      resolve: (source) => source.userErrors,
    }),
  );
};

/** Adds the fields `commands` and `userErrors` to the payload of a mutation. */
export const addOutcome = <Source extends CommandOutcome>(
  payload: Payload<Source>,
  description = "One command per device that accepted it, in the order of the input.",
): void => {
  builder.objectField(payload, "commands", (t) =>
    t.field({ type: [Command], description, resolve: (source) => source.commands }),
  );
  addUserErrors(payload);
};
