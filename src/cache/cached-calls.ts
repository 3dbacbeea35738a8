import { isFinalStatus } from "../commands/command.ts";
import type { Input, OperationName, Output } from "../contract/operations.ts";
import { OPERATIONS } from "../contract/operations.ts";
import type { EntityCache } from "./entity-cache.ts";

type Call = <Name extends OperationName>(name: Name, input: Input<Name>) => Promise<Output<Name>>;

/** Answers the reads of one request from a cache, if there is one; `onHit` is called with each operation that it answers. */
export const cachedBy = (
  cache: EntityCache | null,
  scope: string,
  onHit: (name: OperationName) => void,
  call: Call,
): Call =>
  cache === null
    ? call
    : (name, input) => cache.read({ name, input, scope, fetch: () => call(name, input), onHit: () => onHit(name) });

/**
 * Has a cache drop what the calls of one request change: a write before its answer is returned, however it ended, and a command
 * that is seen to have ended.
 */
export const keepingCurrent = (cache: EntityCache | null, call: Call): Call =>
  cache === null
    ? call
    : async (name, input) => {
        if (OPERATIONS[name].safety !== "read") {
          try {
            return await call(name, input);
          } finally {
            await cache.written(name, input);
          }
        }
        const answer = await call(name, input);
        if (name === "GetCommandStatus") observeCommands(cache, answer as Output<"GetCommandStatus">);
        return answer;
      };

const observeCommands = (cache: EntityCache, { Command, Commands }: Output<"GetCommandStatus">): void => {
  const commands = Command === undefined ? (Commands ?? []) : [Command];
  for (const command of commands) if (isFinalStatus(command.CommandStatus)) cache.commandEnded(command);
};
