import type { Gateway } from "./handler.ts";
import { SECOND } from "./time.ts";

const ITEM_MS = 20 * SECOND;

/** Moves the data migrations on, an item at a time; those of commands move with their commands. */
export const runMigrations = ({ world, clock }: Pick<Gateway, "world" | "clock">): (() => void) => {
  let cancel = () => {};
  const running = () =>
    [...world.migrations.values()].filter(({ Kind, State }) => Kind === "DataMigration" && State === "InProgress");
  const step = () => {
    for (const migration of running()) {
      migration.Done += 1;
      if (migration.Done + migration.Failed < migration.Total) continue;
      migration.State = "Completed";
      migration.completed = clock.now();
    }
    wait();
  };
  const wait = () => {
    if (running().length > 0) cancel = clock.after(ITEM_MS, step);
  };
  wait();
  return () => cancel();
};
