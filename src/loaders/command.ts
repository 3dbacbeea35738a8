import DataLoader from "dataloader";
import type { Command } from "../contract/envelope.ts";
import { type Call, orNull, settle } from "./call.ts";

/** Commands by CommandID; null for one that is unknown or over for seven days. */
export const createCommandLoader = (call: Call) =>
  new DataLoader<string, Command | null>((ids) =>
    settle(ids.map(async (CommandID) => (await orNull(call("GetCommandStatus", { CommandID })))?.Command ?? null)),
  );

/** All commands of one request, by its OperationID; null when the gateway never accepted such a request. */
export const createOperationLoader = (call: Call) =>
  new DataLoader<string, readonly Command[] | null>((ids) =>
    settle(ids.map(async (OperationID) => (await orNull(call("GetCommandStatus", { OperationID })))?.Commands ?? null)),
  );
