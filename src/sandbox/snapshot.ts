import { z } from "zod";
import { STATUS } from "../contract/status.ts";
import type { SimDevice, World } from "./state.ts";

type Row = Readonly<Record<string, unknown>>;

const row = z.record(z.string(), z.unknown());
const rows = z.array(row);

/** A world as JSON. */
export const WorldSnapshot = z.object({
  devices: rows,
  users: rows,
  punches: rows,
  accessEvents: rows,
  commands: rows,
  migrations: rows,
  callbacks: rows,
  archive: row.optional(),
});
export type WorldSnapshot = z.output<typeof WorldSnapshot>;

/** Returns the whole world as JSON. Nothing is redacted: it contains passwords and tokens. */
export const takeSnapshot = (world: World): WorldSnapshot => {
  const copy = {
    devices: [...world.devices.values()].map((device) => ({
      ...device,
      users: [...device.users.values()],
      denied: [...device.denied],
    })),
    users: [...world.users.values()],
    punches: world.punches,
    accessEvents: world.accessEvents,
    commands: [...world.commands.values()],
    migrations: [...world.migrations.values()],
    callbacks: [...world.callbacks.values()],
    archive: world.archive,
  };
  return JSON.parse(JSON.stringify(copy)) as WorldSnapshot;
};

const byMember = <Item>(items: readonly Row[], member: string): Map<string, Item> =>
  new Map(items.map((item) => [String(item[member]), item as Item]));

const restoreDevice = (saved: Row): SimDevice => {
  const enrollments = (saved["users"] ?? []) as readonly { readonly user: Row }[];
  const users = new Map(enrollments.map((enrollment) => [String(enrollment.user["EmployeeCode"]), enrollment]));
  return { ...saved, users, denied: new Set((saved["denied"] ?? []) as string[]), queue: [] } as unknown as SimDevice;
};

/** Pending commands are lost with their queue and are reported as cancelled. */
const cancelPending = (world: World): void => {
  for (const command of world.commands.values()) {
    if (command.CommandStatus !== "Queued" && command.CommandStatus !== "Sent") continue;
    command.CommandStatus = "Cancelled";
    command.StatusCode = STATUS.commandCancelled.code;
    command.FailureReason = "The state of the sandbox was replaced.";
  }
  for (const { users, doors } of world.devices.values()) {
    for (const enrollment of users.values()) {
      if (enrollment.pendingCommandId === null) continue;
      enrollment.pendingCommandId = null;
      enrollment.syncStatus = enrollment.lastSync === null ? "Failed" : "Synced";
    }
    for (const door of doors) {
      if (door.until === undefined || door.until === null) continue;
      door.until = null;
      door.Mode = "Normal";
      door.LockState = "Locked";
    }
  }
};

/** The inverse of `takeSnapshot`, except that commands that were not final are restored as cancelled. */
export const restoreWorld = (saved: WorldSnapshot): World => {
  const snapshot = structuredClone(saved);
  const world: World = {
    devices: new Map(snapshot.devices.map((device) => [String(device["DeviceSN"]), restoreDevice(device)])),
    users: byMember(snapshot.users, "EmployeeCode"),
    punches: snapshot.punches as unknown as World["punches"],
    accessEvents: snapshot.accessEvents as unknown as World["accessEvents"],
    commands: byMember(snapshot.commands, "CommandID"),
    migrations: byMember(snapshot.migrations, "MigrationID"),
    callbacks: byMember(snapshot.callbacks, "CallbackURL"),
  };
  if (snapshot.archive !== undefined) world.archive = snapshot.archive as unknown as NonNullable<World["archive"]>;
  cancelPending(world);
  return world;
};
