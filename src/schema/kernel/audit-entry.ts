import type { Command } from "../../commands/command.ts";

/** What somebody asked for, and what came of it. No credential, template, password or photo stands in it. */
export interface AuditEntry {
  readonly mutation: string;
  /** What it was about, as far as the input says: devices, door, person, and the reason that was given. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly outcome: {
    /** A command per device. One that is not over ends later, in an entry of its own. */
    readonly commands?: readonly Pick<Command, "commandId" | "operationId" | "DeviceSN" | "status" | "statusCode">[];
    /** Codes of what was refused. */
    readonly refused?: readonly string[];
    /** Code of the fault that it ended with. */
    readonly error?: string;
  };
}
