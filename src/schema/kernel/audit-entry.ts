import type { DeviceCommand } from "../../commands/command.ts";

/** A mutation that a caller requested, and its outcome. It contains no credential, template, password or photo. */
export interface AuditEntry {
  readonly mutation: string;
  /** The members of the input that identify its subject: devices, door, person, and the caller's reason. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly outcome: {
    /** One command per device. A command that is not final yet gets an entry of its own when it ends. */
    readonly commands?: readonly Pick<
      DeviceCommand,
      "commandId" | "operationId" | "DeviceSN" | "status" | "statusCode"
    >[];
    /** Codes of the mutation's user errors, and of the faults of single users. */
    readonly refused?: readonly string[];
    /** Code of the error that the mutation failed with. */
    readonly error?: string;
  };
}
