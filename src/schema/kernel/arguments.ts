import { GraphQLError } from "graphql";
import type { Input, OperationName, Output } from "../../contract/operations.ts";
import type { Rule } from "../../contract/rules.ts";
import { millisecondsAt, writeWallClock } from "../../contract/wall-clock.ts";
import { GatewayError, type InputFault, InvalidInputError } from "../../gateway/errors.ts";
import { publicMessage } from "../../gateway/public-message.ts";
import type { Context } from "./context.ts";

/** The arguments that a member of the gateway's request comes from, most specific first. Other members differ by case only. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  FromDate: ["from"],
  ToDate: ["to"],
  Limit: ["first"],
  OffSet: ["after"],
  DeviceSN: ["serialNumber", "serialNumbers"],
  SourceDeviceSN: ["sourceSerialNumber"],
  TargetDeviceSN: ["targetSerialNumbers"],
  EmployeeCode: ["employeeCode", "employeeCodes"],
  DoorNo: ["doorNumber", "number"],
  DoorNos: ["doorNumbers"],
  EventType: ["kinds"],
  Events: ["events"],
  Type: ["method", "kind"],
  Sort: ["order"],
  UserType: ["role"],
  AccessScheduleID: ["accessScheduleId"],
  ScheduleID: ["scheduleId"],
  ScheduleName: ["name"],
  DeviceTime: ["time"],
  CallbackURL: ["url"],
  CallbackToken: ["token"],
  SigningSecret: ["signingSecret"],
  OperationID: ["idempotencyKey", "operationId"],
  CommandID: ["id"],
  MigrationID: ["id"],
  Wait: ["waitSeconds"],
  ExpirySeconds: ["expiresInSeconds"],
  Reason: ["reason"],
};

/** Members that are keys of devices and users, which callbacks and rows report beyond what the gateway accepts in requests. */
const KEYS: ReadonlySet<string> = new Set(["DeviceSN", "EmployeeCode"]);

const OPTIONS: ReadonlySet<string> = new Set(["OperationID", "Wait", "ExpirySeconds", "Reason"]);

/** Returns the name of the argument or input field that a member of the gateway's request comes from. */
export const argumentName = (member: string, args: object): string => {
  const names = NAMES[member] ?? [`${member.charAt(0).toLowerCase()}${member.slice(1)}`];
  return names.find((name) => name in args) ?? names[0] ?? member;
};

/** Returns the path of the input field for a path inside the gateway's request. */
export const inputPath = (path: readonly (string | number)[], input: object): string[] => {
  const [member = ""] = path;
  const steps =
    typeof member === "string" && OPTIONS.has(member) && !(argumentName(member, input) in input) ? ["options"] : [];
  const names: string[] = [];
  let value: unknown = input;
  for (const step of path) {
    const parent = typeof value === "object" && value !== null ? value : {};
    const name = typeof step === "number" ? String(step) : argumentName(step, parent);
    names.push(name);
    value = (parent as Readonly<Record<string, unknown>>)[name];
  }
  return ["input", ...steps, ...names];
};

/** The rules of the contract in the words of the schema; null if the contract's own sentence has no words of the gateway. */
const SENTENCES: Readonly<Record<Rule["kind"], ((names: string) => string) | null>> = {
  unique: null,
  realDay: null,
  holdMode: () => "It is only for the modes `HOLD_LOCKED` and `HOLD_OPEN`.",
  exactlyOne: (names) => `Exactly one of ${names} must be passed.`,
  atMostOne: (names) => `At most one of ${names} may be passed.`,
  atLeastOne: (names) => `At least one of ${names} must be passed.`,
};

/** Returns what a fault of the input breaks, in the words of the schema. */
export const faultMessage = ({ message, rule }: Pick<InputFault, "message" | "rule">, args: object): string => {
  if (rule === undefined) return message;
  const members = "members" in rule ? rule.members : [];
  const names = members.map((member) => `\`${argumentName(member, args)}\``).join(", ");
  return SENTENCES[rule.kind]?.(names) ?? message;
};

/** Returns the error for an invalid argument. `message` is a whole sentence: what must hold, then what was received. */
export const badUserInput = (argument: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", argument } });

/** Translates an error of the gateway to the caller's terms: which argument is wrong, or which one names nothing that exists. */
const toCallerError = (error: unknown, args: object): unknown => {
  if (error instanceof InvalidInputError) {
    const [fault] = error.faults;
    const member = String(fault?.path[0] ?? "");
    const argument = argumentName(member, args);
    // The key of the object that the field belongs to: the caller did not write it.
    if (KEYS.has(member) && !(argument in args)) return nothingMatches(argument);
    return badUserInput(
      argument,
      `${argument}: ${faultMessage(fault ?? { message: "The value is not allowed." }, args)}`,
    );
  }
  if (!(error instanceof GatewayError) || error.facts.field === undefined) return error;
  const argument = argumentName(error.facts.field, args);
  if (error.code === "UPSTREAM_REFUSED") return badUserInput(argument, `${argument}: ${publicMessage(error)}`);
  if (error.code !== "UPSTREAM_NOT_FOUND") return error;
  return nothingMatches(argument);
};

/** Returns the error for an argument that names nothing that exists. */
export const nothingMatches = (argument: string): GraphQLError =>
  new GraphQLError(`The gateway has nothing that matches \`${argument}\`.`, {
    extensions: { code: "NOT_FOUND", argument },
  });

/**
 * Runs a read whose failure may be due to the caller's arguments.
 * @throws a GraphQLError with the code BAD_USER_INPUT or NOT_FOUND that names the argument, or the original error.
 */
export const withCallerErrors = async <Value>(args: object, run: () => Promise<Value>): Promise<Value> => {
  try {
    return await run();
  } catch (error) {
    throw toCallerError(error, args);
  }
};

/** Makes a read at most once per request. Its errors name the caller's arguments. */
export const readPage = <Name extends OperationName>(
  { loaders }: Context,
  name: Name,
  input: Input<Name>,
  args: object,
): Promise<Output<Name>> => withCallerErrors(args, () => loaders.callOnce(name, input));

/**
 * Returns the items of a list argument.
 * @throws a GraphQLError with the code BAD_USER_INPUT if there are more than `max`.
 */
export const requireAtMost = <Item>(items: readonly Item[], max: number, argument: string): readonly Item[] => {
  if (items.length > max)
    throw badUserInput(argument, `\`${argument}\` must have at most ${max} items; received ${items.length}.`);
  return items;
};

/** Returns the items of a filter. One without an item would let nothing pass and report nothing. */
export const requireSome = <Item>(items: readonly Item[], argument: string): readonly Item[] => {
  if (items.length === 0) throw badUserInput(argument, `\`${argument}\` must not be empty; omit it for all.`);
  return items;
};

/** Returns the text to search for; undefined if it is blank, as in a search box that was cleared. */
export const searchText = (text: string | null | undefined): string | undefined =>
  text == null || text.trim() === "" ? undefined : text;

const SECOND_MS = 1000;

/**
 * Converts the period `[from, to)` on wall clocks to the gateway's range, which includes both ends.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the period is empty.
 */
export const dateRange = ({ from, to }: { readonly from: string; readonly to: string }) => {
  if (to <= from) throw badUserInput("to", "`to` must be later than `from`.");
  return { FromDate: from, ToDate: writeWallClock(millisecondsAt(to, "Z") - SECOND_MS) };
};
