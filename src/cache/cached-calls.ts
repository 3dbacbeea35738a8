import { type DeviceCommand, isFinalStatus } from "../commands/command.ts";
import { type CallOperation, type Input, type OperationName, OPERATIONS, type Output } from "../contract/operations.ts";
import { GatewayError, InvalidInputError } from "../gateway/errors.ts";
import type { CachedRead, EntityCache } from "./entity-cache.ts";

/** What is observed of the reads of one request. */
export interface ReadObserver extends Pick<CachedRead<OperationName>, "onAnswer"> {
  /** Called with each operation that the cache answers. */
  readonly onHit: (name: OperationName) => void;
}

/** Answers the reads of one request from a cache, if there is one. */
export const cachedBy = (
  cache: EntityCache | null,
  scope: string,
  { onHit, onAnswer }: ReadObserver,
  call: CallOperation,
): CallOperation =>
  cache === null
    ? call
    : (name, input) =>
        cache.read({ name, input, scope, fetch: () => call(name, input), onHit: () => onHit(name), onAnswer });

/**
 * Wraps a call so that the cache drops what it changes: before a write returns, successful or not, and when a command is seen to be
 * final.
 */
export const keepingCurrent =
  (cache: EntityCache, call: CallOperation): CallOperation =>
  async (name, input) => {
    if (OPERATIONS[name].safety !== "read") return write(cache, name, input, call);
    const answer = await call(name, input);
    if (name === "GetCommandStatus") await observeCommands(cache, answer as Output<"GetCommandStatus">);
    return answer;
  };

const write = async <Name extends OperationName>(
  cache: EntityCache,
  name: Name,
  input: Input<Name>,
  call: CallOperation,
): Promise<Output<Name>> => {
  let answer: Output<Name>;
  try {
    answer = await call(name, input);
  } catch (error) {
    const isKnown = error instanceof GatewayError && error.facts.ambiguous !== true;
    if (!(error instanceof InvalidInputError)) await cache.written(name, input, isKnown);
    throw error;
  }
  await cache.written(name, input, true);
  return answer;
};

const observeCommands = async (cache: EntityCache, answer: Output<"GetCommandStatus">): Promise<void> => {
  const { Command, Commands = [] } = answer;
  const commands = Command === undefined ? Commands : [Command];
  const ended = commands.flatMap(({ CommandID, Operation, DeviceSN, EmployeeCode, CommandStatus }) =>
    CommandID === null || DeviceSN === null || !isFinalStatus(CommandStatus)
      ? []
      : [{ CommandID, Operation, DeviceSN, EmployeeCode }],
  );
  await Promise.all(ended.map(cache.commandEnded));
};

/** Resolves when all instances have dropped what those of the commands changed that have ended. */
export const dropEnded = async (cache: EntityCache, commands: readonly DeviceCommand[]): Promise<void> => {
  const ended = commands.flatMap(({ commandId: CommandID, operation: Operation, employeeCode, DeviceSN, status }) =>
    CommandID === null || !isFinalStatus(status)
      ? []
      : [{ CommandID, Operation, DeviceSN, EmployeeCode: employeeCode }],
  );
  await Promise.all(ended.map(cache.commandEnded));
};
