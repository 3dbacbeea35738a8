import type { OperationName } from "../../contract/operations.ts";
import type { Answer, Call, Gateway, DeviceTask } from "../handler.ts";
import type { SimCommand } from "../state.ts";
import { answerTo } from "./answer.ts";
import { requestKey } from "./requests.ts";

/** What an accepted request queues. */
export interface CommandPlan {
  readonly tasks: readonly DeviceTask[];
  /** Members of the answer in addition to those that every command has. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Called after the commands have been queued. */
  readonly onQueued?: (commands: readonly SimCommand[]) => void;
}

interface CommandCall extends Pick<Call<OperationName>, "name" | "raw" | "operationId"> {
  readonly input: { readonly Wait: number; readonly ExpirySeconds: number };
}

/**
 * Queues the commands that `prepare` returns, waits for the devices and answers. The same request again gets the same
 * answer. `prepare` refuses the whole request or nothing.
 */
export const submitCommands = (call: CommandCall, gateway: Gateway, prepare: () => CommandPlan): Promise<Answer> =>
  gateway.commands.runIdempotent(call.operationId, requestKey(call.name, call.raw), () => {
    const { tasks, members = {}, onQueued } = prepare();
    const request = {
      OperationID: call.operationId,
      Operation: call.name,
      expirySeconds: call.input.ExpirySeconds,
    };
    const commands = gateway.commands.queue(request, tasks);
    onQueued?.(commands);
    return answerWhenSettled(gateway, commands, call.input.Wait * 1000, members);
  });

const answerWhenSettled = async (
  gateway: Gateway,
  commands: readonly SimCommand[],
  waitMs: number,
  members: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  await gateway.commands.whenSettled(commands, waitMs);
  return answerTo(gateway, commands, members);
};
