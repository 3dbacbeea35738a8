import { GraphQLError } from "graphql";
import type { Input, OperationName, Output } from "../../contract/operations.ts";
import { GatewayError, InvalidInputError } from "../../gateway/errors.ts";
import type { Context } from "./context.ts";

/** What a member of the gateway's request is called here, most telling name first. Others differ by their first letter only. */
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
  OperationID: ["idempotencyKey"],
  CommandID: ["id"],
  MigrationID: ["id"],
  Wait: ["waitSeconds"],
  ExpirySeconds: ["expiresInSeconds"],
  Reason: ["reason"],
};

const OPTIONS: ReadonlySet<string> = new Set(["OperationID", "Wait", "ExpirySeconds", "Reason"]);

/** The name of an argument or input field for a member of the gateway's request. */
export const argumentName = (member: string, given: object): string => {
  const names = NAMES[member] ?? [`${member.charAt(0).toLowerCase()}${member.slice(1)}`];
  return names.find((name) => name in given) ?? names[0] ?? member;
};

/** The path of an input field for a path inside the gateway's request. */
export const inputPath = (path: readonly (string | number)[], given: object): string[] => {
  const [member = "", ...rest] = path;
  const steps =
    typeof member === "string" && OPTIONS.has(member) && !(argumentName(member, given) in given) ? ["options"] : [];
  const names = [member, ...rest].map((step) => (typeof step === "number" ? String(step) : argumentName(step, given)));
  return ["input", ...steps, ...names];
};

/** The caller's own fault; `argument` names what to mend. */
export const badUserInput = (argument: string, message: string): GraphQLError =>
  new GraphQLError(`${argument}: ${message}`, { extensions: { code: "BAD_USER_INPUT", argument } });

/** The same failure in the words of the caller: which argument is wrong, or what was not found. */
const inCallersWords = (error: unknown, given: object): unknown => {
  if (error instanceof InvalidInputError) {
    const [fault] = error.faults;
    const argument = argumentName(String(fault?.path[0] ?? ""), given);
    return badUserInput(argument, fault?.message ?? "not allowed");
  }
  if (!(error instanceof GatewayError) || error.facts.field === undefined) return error;
  const argument = argumentName(error.facts.field, given);
  if (error.code === "UPSTREAM_REFUSED") return badUserInput(argument, error.message);
  if (error.code !== "UPSTREAM_NOT_FOUND") return error;
  return new GraphQLError(`${argument}: the gateway does not know it.`, {
    extensions: { code: "NOT_FOUND", argument },
  });
};

/** Runs a read that may fail for what the caller gave. */
export const withCallerErrors = async <Value>(given: object, run: () => Promise<Value>): Promise<Value> => {
  try {
    return await run();
  } catch (error) {
    throw inCallersWords(error, given);
  }
};

/** A read made at most once per request, whose failures name the caller's arguments. */
export const readPage = <Name extends OperationName>(
  { loaders }: Context,
  name: Name,
  input: Input<Name>,
  given: object,
): Promise<Output<Name>> => withCallerErrors(given, () => loaders.page(name, input));

/** At most so many of a list argument. */
export const requireAtMost = <Item>(items: readonly Item[], most: number, argument: string): readonly Item[] => {
  if (items.length > most) throw badUserInput(argument, `At most ${most}, ${items.length} came.`);
  return items;
};

const SECOND_MS = 1000;

/** `[from, to)` on wall clocks as the gateway's range, whose ends both belong to it. */
export const dateRange = ({ from, to }: { readonly from: string; readonly to: string }) => {
  if (to <= from) throw badUserInput("to", "It has to be later than from.");
  const last = new Date(Date.parse(`${to.replace(" ", "T")}Z`) - SECOND_MS).toISOString();
  return { FromDate: from, ToDate: last.slice(0, 19).replace("T", " ") };
};
