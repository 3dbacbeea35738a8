import type { Gateway } from "./handler.ts";
import { SECOND } from "./time.ts";

const ITEM_MS = 20 * SECOND;

/**
 * Advances the data migrations one item at a time. Migrations that belong to commands advance with their commands. Returns
 * a function that stops it.
 */
export const runMigrations = ({ world, clock }: Pick<Gateway, "world" | "clock">): (() => void) => {
  let cancel = () => {};
  const running = () =>
    [...world.migrations.values()].filter(({ Kind, State }) => Kind === "DataMigration" && State === "InProgress");
  const advance = () => {
    for (const migration of running()) {
      migration.Done += 1;
      if (migration.Done + migration.Failed < migration.Total) continue;
      migration.State = "Completed";
      migration.completed = clock.now();
    }
    scheduleNext();
  };
  const scheduleNext = () => {
    if (running().length > 0) cancel = clock.after(ITEM_MS, advance);
  };
  scheduleNext();
  return () => cancel();
};
