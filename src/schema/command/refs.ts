import type { DeviceCommand as CommandRecord } from "../../commands/command.ts";
import { builder } from "../kernel/builder.ts";
import type { UserErrorSource } from "./user-errors.ts";

export { BulkCommandOptions, COMMAND_OPTIONS_DESCRIPTION, CommandOptions } from "./command.inputs.ts";

export const Command = builder.objectRef<CommandRecord>("Command");
export const UserError = builder.interfaceRef<UserErrorSource>("UserError");
