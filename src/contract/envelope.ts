import { z } from "zod";
import {
  codec,
  counted,
  DecodeError,
  expected,
  foundInRow,
  nullable,
  optional,
  orNone,
  record,
  rows,
  withDefault,
  type Codec,
  type Decoded,
} from "./codec.ts";
import { itemsIn, unwritten } from "./lists.ts";
import { isBlank, isMembers, type Members } from "./lookup.ts";
import { withoutPadding } from "./padding.ts";
import { instant, localDateTime } from "./times.ts";
import {
  anyText,
  count,
  deviceSerial,
  identified,
  int32,
  measure,
  number,
  ordinal,
  personCode,
  remark,
  text,
} from "./values.ts";
import { AuthToken, GmtDateTime, OperationID } from "./scalars.ts";
import { STATUS, statusNameIn, type StatusName } from "./status.ts";
import { CommandOperation, CommandStatus } from "./vocabulary.ts";

/** Members that every answer begins with. A code beyond 32 bits is still no success, so it is read as any number. */
const head = { Status: expected(text), StatusCode: expected(number), OperationID: expected(text) };

const END: ReadonlySet<string> = new Set(["", "0", "null"]);

/**
 * The token of the next page; empty at the end, which gateways that count rows write as 0, and null if there is none. One that cannot be
 * read is no end: the rest of the list would be missing without an error.
 */
const pageToken = codec<string | null>((value) => {
  if (value === undefined || value === null || value === false || (typeof value === "object" && !isFilled(value)))
    return null;
  const token = anyText.read(value);
  if (END.has(withoutPadding(token).toLowerCase())) return "";
  return typeof value === "string" ? value : token;
});

const countOrNull = expected(count);
const counts = { ReturnRowCount: countOrNull, ActualRowCount: countOrNull };
const COUNTS = [...Object.keys(counts), "RowCount"];

/** Whether a value is an object or a list with something in it, also as text of JSON. */
const isFilled = (value: unknown): boolean =>
  typeof value === "string"
    ? /^\s*[[{]\s*[^\s\]}]/.test(value)
    : typeof value === "object" && value !== null && Object.keys(value).length > 0;

/**
 * Whether an answer is a success that has no rows: it says so, or says nothing of their number and has no object or list either, in which
 * its rows could stand under another name.
 */
const hasNoRows = (answered: Members): boolean => {
  const isDone =
    head.StatusCode.read(answered["StatusCode"]) === STATUS.done.code ||
    statusNameIn(null, head.Status.read(answered["Status"])) === "done";
  const rows = COUNTS.map((name) => countOrNull.read(answered[name])).find((number) => number !== null);
  return isDone && (rows === undefined ? !Object.values(answered).some(isFilled) : rows === 0);
};

/** No rows, which some writers of JSON write as null, as an empty object or not at all. */
const isNoList = (value: unknown): boolean => {
  if (isBlank(value)) return true;
  const written = unwritten(value);
  return isMembers(written) && Object.keys(written).length === 0;
};

const hasNoItems = (value: unknown): boolean => isNoList(value) || itemsIn(value)?.length === 0;

const listOfAnswer = <Rows>(list: Codec<Rows>): Codec<Rows> =>
  foundInRow(list, (value, answered) => (isNoList(value) && hasNoRows(answered) ? [] : value));

type Shape = Readonly<Record<string, Codec<unknown>>>;

const envelopeOf = <Own extends Shape>(shape: Own) => counted(record({ ...head, ...shape }));

/**
 * An answer of the gateway: the head, the members of the operation, and how many unreadable rows were left out. Its rows may be written as
 * no list if there are none.
 */
export const answer = <Own extends Shape>(shape: Own) =>
  envelopeOf(
    Object.fromEntries(
      Object.entries(shape).map(([name, member]) => [
        name,
        member.required && member.item?.members !== undefined ? listOfAnswer(member) : member,
      ]),
    ) as Own,
  );

/** A page of an answer: `OffSet` continues it and is empty at the end; `ActualRowCount` may be an estimate. */
export const page = <Own extends Shape>(shape: Own) => answer({ ...counts, OffSet: pageToken, ...shape });

/** Body of every error. */
export const ErrorEnvelope = envelopeOf({
  Message: nullable(anyText),
  Field: nullable(text),
  RetryAfterSeconds: nullable(count),
});

/** Members common to all POST bodies. */
export const requestOptions = {
  AuthToken: AuthToken.optional(),
  OperationID: OperationID.optional(),
  Time: GmtDateTime.optional(),
};

const wait = z.int32().min(0).max(25).default(15);
const expiry = z.int32().min(5).max(604_800);

/** Members common to all commands except door commands. */
export const commandOptions = { ...requestOptions, Wait: wait, ExpirySeconds: expiry.default(86_400) };

/** Members common to door commands: a door must not move hours later because its terminal came back. */
export const doorCommandOptions = { ...requestOptions, Wait: wait, ExpirySeconds: expiry.default(30) };

/** What the device reported: door and duration of OpenDoor, drift and time of SyncDeviceTime. */
const DeviceResult = record({
  DoorNo: nullable(ordinal),
  DurationSeconds: nullable(measure),
  DriftSeconds: nullable(measure),
  DeviceTime: nullable(localDateTime),
});

/** A place in a queue, where 1 is next. */
const position = codec(
  (value) => {
    const decoded = count.read(value);
    if (decoded < 1) throw new DecodeError("a position from 1");
    return decoded;
  },
  { format: "int32" },
);

type CommandState = Decoded<typeof CommandStatus.tolerant>;

/** The state of a command whose status is one of these; no other status says what became of a command. */
const STATES: Partial<Record<StatusName, CommandState>> = {
  done: "Done",
  deviceOfflineQueued: "Queued",
  commandQueued: "Queued",
  notSupportedByDevice: "Failed",
  capacityExceeded: "Failed",
  commandExpired: "Expired",
  commandCancelled: "Cancelled",
  rejectedByDevice: "Failed",
  deviceTimeout: "Failed",
};

const stateByStatus = (row: Members): CommandState | undefined =>
  STATES[statusNameIn(head.StatusCode.read(row["StatusCode"]), head.Status.read(row["Status"])) ?? "unknownError"];

/** Where a row has no word for the state of its command, its status says it. A word that is not known says something else. */
const commandState = foundInRow(withDefault(CommandStatus.tolerant, "Unknown"), (value, row) =>
  typeof value === "string" && !isBlank(value) ? value : stateByStatus(row),
);

/** Outcome of a command on one device, in the answer to the command. */
export const CommandResult = record({
  DeviceSN: expected(deviceSerial),
  CommandID: text,
  CommandStatus: commandState,
  StatusCode: expected(int32),
  Status: expected(text),
  QueuePosition: nullable(position),
  QueuedTime: expected(instant),
  ExpiresTime: nullable(instant),
  Message: nullable(remark),
  Result: nullable(DeviceResult),
});
export type CommandResult = Decoded<typeof CommandResult>;

/** The results of a command. Without them, an answer that says what became of its only command is the result itself. */
const results = foundInRow(rows(CommandResult), (value, envelope) => {
  const isResult = hasNoItems(value) && !isBlank(envelope["CommandID"]) && stateByStatus(envelope) !== undefined;
  return isResult ? [envelope] : value;
});

/** Answer to every command, with 200 and with 409. That it has no results does not say that there are none. */
export const CommandEnvelope = envelopeOf({
  Message: nullable(anyText),
  CommandID: identified(nullable(text)),
  MigrationID: identified(nullable(text)),
  Results: results,
});
export type CommandEnvelope = Decoded<typeof CommandEnvelope>;

const commandMembers = record({
  CommandID: expected(text),
  OperationID: expected(text),
  Operation: withDefault(CommandOperation.tolerant, "Other"),
  DeviceSN: expected(deviceSerial),
  EmployeeCode: nullable(personCode),
  CommandStatus: commandState,
  StatusCode: expected(int32),
  Status: expected(text),
  QueuedTime: expected(instant),
  SentTime: nullable(instant),
  CompletedTime: orNone(instant),
  ExpiresTime: nullable(instant),
  Attempts: expected(count),
  QueuePosition: nullable(position),
  FailureReason: nullable(remark),
  Result: nullable(DeviceResult),
});

/** One command for one device, in the answer to GetCommandStatus. It names itself, its request or its device: one of them is asked for. */
export const Command = codec(
  (value, tally) => {
    const command = commandMembers.read(value, tally);
    const { CommandID, OperationID, DeviceSN } = command;
    if (CommandID === null && OperationID === null && DeviceSN === null) throw new DecodeError("a command");
    return command;
  },
  { members: commandMembers.members ?? {} },
);
export type Command = Decoded<typeof Command>;

/** A member that is undefined also if its writer has a value for nothing. */
const unlessNothing = <Value>(inner: Codec<Value>, isNothing: (value: unknown) => boolean): Codec<Value | undefined> =>
  foundInRow(optional(inner), (value) => (isNothing(value) ? undefined : value));

/** Answer to GetCommandStatus: the command that was asked for, or all of one request. An empty list says that there are none. */
export const CommandReport = answer({
  Command: unlessNothing(Command, hasNoItems),
  Commands: unlessNothing(rows(Command), isNoList),
});
