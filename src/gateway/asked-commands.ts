import type { Command } from "../contract/envelope.ts";
import type { OperationName, Output } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";
import { isSameName } from "../contract/scalars.ts";
import { GatewayError } from "./errors.ts";

/** The command, or the commands of one request, that a read asks for. */
export type AskedCommands = { readonly CommandID: string } | { readonly OperationID: string };

/** Returns what a request asks for; null if it asks for no commands. */
export const askedCommandsOf = (
  operation: OperationName,
  { CommandID, OperationID }: Readonly<Record<string, unknown>>,
): AskedCommands | null => {
  if (operation !== "GetCommandStatus") return null;
  return typeof CommandID === "string" ? { CommandID } : { OperationID: String(OperationID) };
};

/** Whether an ID is the one that was asked for. Null is an ID that the answer does not say. */
const isAsked = (id: string | null, asked: string): boolean => id !== null && isSameName(withoutPadding(id), asked);

type Answer = Output<"GetCommandStatus">;

/**
 * Returns an answer with nothing but what was asked for, in the member for it: one command alone may stand in the list, and the other way
 * round. An ID that the answer does not repeat is the one that was asked for. Commands of other requests, and of no device beside others,
 * count as rejected.
 * @throws {GatewayError} if the answer is about another command.
 */
export const onlyAskedCommands = (answer: Answer, asked: AskedCommands): Answer => {
  const { Command: command, Commands: list } = answer;
  if ("CommandID" in asked) {
    const given = command === undefined ? list : [command];
    const only = given && theCommand(given, list?.rejected ?? 0, asked.CommandID);
    return { ...answer, Command: only, Commands: undefined };
  }
  const { OperationID } = asked;
  const given = command !== undefined && (list === undefined || list.length === 0) ? [command] : list;
  if (given === undefined) return answer;
  const kept = given
    .filter((each) => each.OperationID === null || isAsked(each.OperationID, OperationID))
    .filter(({ DeviceSN }, _index, { length }) => DeviceSN !== null || length === 1)
    .map((each) => ({ ...each, OperationID }));
  const others = given.length - kept.length;
  const Commands = Object.assign(kept, { rejected: (list?.rejected ?? 0) + others });
  return { ...answer, Command: undefined, Commands, rejected: answer.rejected + others };
};

const theCommand = (given: readonly Command[], rejected: number, CommandID: string): Command | undefined => {
  const [first] = given;
  const named = given.find((each) => isAsked(each.CommandID, CommandID));
  const only = named ?? (given.length === 1 && first?.CommandID === null ? first : undefined);
  if (only !== undefined) return { ...only, CommandID };
  if (given.length + rejected === 0) return undefined;
  throw new GatewayError(
    "UPSTREAM_INVALID_RESPONSE",
    "The gateway's answer to GetCommandStatus is about another command.",
    { operation: "GetCommandStatus", ambiguous: false },
  );
};
