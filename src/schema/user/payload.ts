import { builder } from "../kernel/builder.ts";
import { type CommandOutcome, addOutcome } from "../command/command.ts";
import { User, type UserSource } from "./refs.ts";

/** The source of a payload about one user. */
export interface UserPayload extends CommandOutcome {
  readonly user: UserSource | null;
}

/** Implements the payload of a mutation about one user on devices. */
export const userPayload = (
  mutation: string,
  user = "The user that the mutation was about; null if there are errors.",
) => {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;
  const payload = builder.objectRef<UserPayload>(name).implement({
    description: `Result of \`${mutation}\`: the user, the commands and the errors.`,
    fields: (t) => ({
      user: t.field({ type: User, nullable: true, description: user, resolve: (source) => source.user }),
    }),
  });
  addOutcome(payload);
  return payload;
};

/** Adds the user to an outcome; null if there are user errors. */
export const commandTarget = (
  { employeeCode }: { readonly employeeCode: string },
  outcome: CommandOutcome,
): UserPayload => ({
  ...outcome,
  user: outcome.userErrors.length === 0 ? { EmployeeCode: employeeCode } : null,
});
