import { builder } from "../builder.ts";
import { Command, UserError } from "../command/refs.ts";
import type { Outcome } from "../order.ts";
import { User, type UserSource } from "./refs.ts";

export interface UserPayload extends Outcome {
  readonly user: UserSource | null;
}

/** The payload of a mutation about one user on devices. */
export const userPayload = (mutation: string, user = "The user.") =>
  builder.objectRef<UserPayload>(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`).implement({
    description: `Of ${mutation}.`,
    fields: (t) => ({
      user: t.field({ type: User, nullable: true, description: user, resolve: (payload) => payload.user }),
      commands: t.field({
        type: [Command],
        description: "One per device, in input order.",
        resolve: ({ commands }) => commands,
      }),
      userErrors: t.field({
        type: [UserError],
        description: "What was refused.",
        resolve: ({ userErrors }) => userErrors,
      }),
    }),
  });

/** An outcome with the user it is about; nobody where the order was refused. */
export const about = ({ employeeCode }: { readonly employeeCode: string }, outcome: Outcome): UserPayload => ({
  ...outcome,
  user: outcome.userErrors.length === 0 ? { EmployeeCode: employeeCode } : null,
});
