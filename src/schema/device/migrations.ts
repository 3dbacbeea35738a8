import type { Input } from "../../contract/operations.ts";
import type { Migration } from "../../contract/realtime.ts";
import { orNull } from "../../loaders/call.ts";
import { explained } from "../kernel/arguments.ts";
import type { Context } from "../kernel/context.ts";

/** Migrations, newest first; none where the migration or the device is unknown. */
export const migrationsOf = async (
  input: Input<"MigrationStatus">,
  args: object,
  { loaders }: Context,
): Promise<Migration[]> => {
  const answer = await explained(args, () => orNull(loaders.page("MigrationStatus", input)));
  return [...(answer?.Migrations ?? [])];
};
