import type { World } from "../state.ts";
import { createAccessEvents } from "./access.ts";
import { createDevices } from "./devices.ts";
import { enrollPeople } from "./enrollment.ts";
import { createCommands, createMigrations } from "./history.ts";
import { createPeople } from "./people.ts";
import { createPunches } from "./punches.ts";

export interface SeedOptions {
  readonly seed: number;
  /** The world ends at this instant. */
  readonly now: number;
  /** How many people have a user record. */
  readonly people: number;
  /** How many devices there are: ten, or more. */
  readonly devices: number;
  readonly newId: (prefix: "pun" | "aev") => string;
}

/** A believable account: the same for the same seed, instant and number of people. */
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
