import DataLoader from "dataloader";
import type { Command } from "../contract/envelope.ts";
import { isOpaqueID, isOperationID } from "../contract/scalars.ts";
import { uniqueBy } from "../contract/unique.ts";
import { type GatewayCall, nullIfNotFound, readAllowed, settleAll } from "./call.ts";

/** Commands by CommandID; null if the gateway does not know the command or ended it more than seven days ago. */
export const createCommandLoader = (call: GatewayCall) =>
  new DataLoader<string, Command | null>(
    readAllowed(isOpaqueID, null, (ids) =>
      settleAll(
        ids.map(async (CommandID) => (await nullIfNotFound(call("GetCommandStatus", { CommandID })))?.Command ?? null),
      ),
    ),
  );

/** All commands of one request, by its OperationID; null if the gateway never accepted such a request. */
export const createOperationLoader = (call: GatewayCall) =>
  new DataLoader<string, readonly Command[] | null>(
    readAllowed<string, readonly Command[] | null>(isOperationID, null, (ids) =>
      settleAll(
        ids.map(async (OperationID) => {
          const { Commands = null } = (await nullIfNotFound(call("GetCommandStatus", { OperationID }))) ?? {};
          return Commands && uniqueBy(Commands, ({ CommandID }) => CommandID);
        }),
      ),
    ),
  );
