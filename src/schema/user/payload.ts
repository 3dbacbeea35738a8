import { builder } from "../kernel/builder.ts";
import { type CommandOutcome, addOutcome } from "../command/command.ts";
import { User, type UserSource } from "./refs.ts";

export interface UserPayload extends CommandOutcome {
  readonly user: UserSource | null;
}

/** The payload of a mutation about one user on devices. */
export const userPayload = (mutation: string, user = "The user.") => {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;
  const payload = builder.objectRef<UserPayload>(name).implement({
    description: `Of ${mutation}.`,
    fields: (t) => ({
      user: t.field({ type: User, nullable: true, description: user, resolve: (source) => source.user }),
    }),
  });
  addOutcome(payload);
  return payload;
};

/** An outcome with the user it is about; nobody where the order was refused. */
export const commandTarget = (
  { employeeCode }: { readonly employeeCode: string },
  outcome: CommandOutcome,
): UserPayload => ({
  ...outcome,
  user: outcome.userErrors.length === 0 ? { EmployeeCode: employeeCode } : null,
});
