import type { OperationName } from "../../contract/operations.ts";
import type { Answer, Call, Gateway, Order } from "../handler.ts";
import type { SimCommand } from "../state.ts";
import { toEnvelope } from "./answer.ts";
import { requestKey } from "./requests.ts";

/** What a request comes to once it is admitted. */
export interface Plan {
  readonly orders: readonly Order[];
  /** Members of the answer besides those of every command. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Called when the commands stand in their queues. */
  readonly queued?: (commands: readonly SimCommand[]) => void;
}

interface CommandCall extends Pick<Call<OperationName>, "name" | "raw" | "operationId"> {
  readonly input: { readonly Wait: number; readonly ExpirySeconds: number };
}

/**
 * Queues what `prepare` plans, waits for the devices and answers; the same request again gets the same answer.
 * `prepare` refuses all of it or nothing.
 */
export const submit = (call: CommandCall, gateway: Gateway, prepare: () => Plan): Promise<Answer> =>
  gateway.commands.once(call.operationId, requestKey(call.name, call.raw), () => {
    const { orders, members = {}, queued } = prepare();
    const request = {
      OperationID: call.operationId,
      Operation: call.name,
      expirySeconds: call.input.ExpirySeconds,
    };
    const commands = gateway.commands.queue(request, orders);
    queued?.(commands);
    return answerWhenSettled(gateway, commands, call.input.Wait * 1000, members);
  });

const answerWhenSettled = async (
  gateway: Gateway,
  commands: readonly SimCommand[],
  waitMs: number,
  members: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  await gateway.commands.settled(commands, waitMs);
  return toEnvelope(gateway, commands, members);
};
