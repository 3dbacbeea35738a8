import type { World } from "../state.ts";
import { createAccessEvents } from "./access.ts";
import { createDevices } from "./devices.ts";
import { enrollPeople } from "./enrollment.ts";
import { createCommands, createMigrations } from "./history.ts";
import { createPeople } from "./people.ts";
import { createPunches } from "./punches.ts";

/** What a world is created from. */
export interface SeedOptions {
  readonly seed: number;
  /** The current instant; nothing in the world is newer. */
  readonly now: number;
  /** The number of people with a user record. */
  readonly people: number;
  /** The number of devices, at least ten. */
  readonly devices: number;
  readonly newId: (prefix: "pun" | "aev") => string;
}

/** Creates a realistic account. The same seed, instant and numbers create the same one. */
export const createWorld = ({ seed, now, people: count, devices: deviceCount, newId }: SeedOptions): World => {
  const devices = createDevices(now, deviceCount);
  const people = createPeople(seed, count);
  const world: World = {
    devices,
    users: new Map(),
    punches: [],
    accessEvents: [],
    commands: new Map(createCommands(now).map((command) => [command.CommandID, command])),
    migrations: new Map(createMigrations(now).map((migration) => [migration.MigrationID, migration])),
    callbacks: new Map(),
  };
  enrollPeople(world, people, seed, now);
  const scene = { devices, now, newId };
  for (const punch of createPunches(people, seed, scene)) world.punches.push(punch);
  for (const event of createAccessEvents(world.punches, seed, scene)) world.accessEvents.push(event);
  return world;
};
