import { DecodeError, type Rows } from "../contract/codec.ts";
import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";
import { boundsOf } from "../contract/rules.ts";
import { millisecondsAt, writeWallClock } from "../contract/wall-clock.ts";

type Members = Readonly<Record<string, unknown>>;
type Key = (typeof KEYS)[number];

const CODES = ["DeviceSN", "EmployeeCode"] as const;
/** Members with an ID of the gateway, which it repeats as it is. */
const IDS = ["PunchID", "MigrationID"] as const;
/** Members with a word of the contract or a number. */
const WORDS = ["DoorNo", "Direction", "Type", "EventType", "Status"] as const;
/** Members with the time of a row. */
const TIMES = ["AttendanceLog", "EventTime", "Date"] as const;
const NAMES = [...CODES, ...IDS] as const;
const KEYS = [...NAMES, ...WORDS] as const;

/** A row that says none of the contract's words may well be of the kind that was asked for. */
const VAGUE = [null, "None", "Other", "other", "Unknown"];

const isOneOf = (keys: readonly Key[], key: Key): boolean => keys.includes(key);

/** What an answer can repeat of its request: in itself or in an object in it, and in the rows of its list. */
interface Repeated {
  readonly named: readonly (readonly [object: string | null, key: Key])[];
  readonly list: string;
  readonly keys: readonly Key[];
  /** The member of a row that is its time on the clock of its device, or its day. */
  readonly time: string | undefined;
  /** Whether the rows are transfers, which are from one device to others. */
  readonly isOfTransfers: boolean;
}

/** Commands go to devices that their results name: `commands/` compares those. */
const REPEATED: ReadonlyMap<OperationName, Repeated> = new Map(
  OPERATION_NAMES.filter((operation) => OPERATIONS[operation].mode !== "command").map((operation) => {
    const { members = {} } = OPERATIONS[operation].output;
    const objects = Object.entries(members).filter(([, { item }]) => item === undefined);
    const [list = "", codec] = Object.entries(members).find(([, { item }]) => item?.members !== undefined) ?? [];
    const row = codec?.item?.members ?? {};
    const named = [
      ...NAMES.filter((key) => key in members).map((key) => [null, key] as const),
      ...objects.flatMap(([name, object]) =>
        NAMES.filter((key) => object.members?.[key] !== undefined).map((key) => [name, key] as const),
      ),
    ];
    const keys = KEYS.filter((key) => key in row);
    const time = TIMES.find((name) => name in row);
    return [operation, { named, list, keys, time, isOfTransfers: "TargetDeviceSN" in row }];
  }),
);

/** The earliest and the latest time of a row, and its member with the time. */
interface Period {
  readonly time: string;
  readonly first: string;
  readonly last: string;
}

const DAY_MS = 86_400_000;

/** The same wall clock, or its day, some days later. */
const shifted = (wall: string, days: number, length: number): string =>
  writeWallClock(millisecondsAt(wall, "+00:00") + days * DAY_MS).slice(0, length);

/**
 * The times that a row may have. Gateways compare instants of one zone or the clock of each device, whole days or seconds: what is more
 * than a day outside of the period was asked for in none of these senses.
 */
const periodOf = (time: string | undefined, { FromDate, ToDate }: Members): Period | null => {
  if (time === undefined || typeof FromDate !== "string" || typeof ToDate !== "string") return null;
  const { first, last } = boundsOf({ FromDate, ToDate });
  const length = time === "Date" ? "2026-11-20".length : first.length;
  return { time, first: shifted(first, -1, length), last: shifted(last, 1, length) };
};

const isWithin = (row: Members, { time, first, last }: Period): boolean => {
  const at = row[time] as string;
  return at >= first && at <= last;
};

/** What an answer must be about: the devices, people, kinds and times that its request names. */
export interface Asked {
  /** The codes of the one device and the one person that the request names, which its rows need not repeat. */
  readonly codes: Members;
  /** The members that the answer or an object in it may repeat, and the values that they may have. */
  readonly named: readonly (readonly [object: string | null, key: Key, values: ReadonlySet<unknown>])[];
  /** The member of the answer that has the rows; empty if any row was asked for. */
  readonly list: string;
  readonly wanted: readonly (readonly [key: Key, values: ReadonlySet<unknown>])[];
  /** The period that was asked for, with a day before and after it. */
  readonly period: Period | null;
  /** The device from or to which transfers were asked for. */
  readonly end: ReadonlySet<unknown> | null;
}

/** Gateways find a code whatever its case, and some return it padded. Zeros before it matter. */
const comparable = (key: Key, value: unknown): unknown => {
  const text = withoutPadding(String(value));
  return isOneOf(IDS, key) ? text : text.toLowerCase();
};

/** The values that a member may have; codes as they were sent, too, since nearly all answers have them so. */
const acceptedFor = (key: Key, asked: unknown): ReadonlySet<unknown> => {
  const values = [asked].flat();
  return new Set(
    isOneOf(WORDS, key) ? [...values, ...VAGUE] : values.flatMap((value) => [value, comparable(key, value)]),
  );
};

const isAccepted = (key: Key, value: unknown, values: ReadonlySet<unknown>): boolean =>
  values.has(value) || values.has(comparable(key, value));

/** Returns what the answer to a request has to match; null if it may be about anything. */
export const askedOf = (operation: OperationName, input: Members): Asked | null => {
  const repeated = REPEATED.get(operation);
  if (repeated === undefined) return null;
  const { list, keys, time, isOfTransfers } = repeated;
  const isAsked = (key: Key): boolean => input[key] != null && input[key] !== "ALL";
  const named = repeated.named.filter(([, key]) => isAsked(key) && typeof input[key] === "string");
  const wanted = keys.filter(isAsked);
  const end = isOfTransfers && isAsked("DeviceSN") ? acceptedFor("DeviceSN", input["DeviceSN"]) : null;
  const period = periodOf(time, input);
  const hasRows = wanted.length > 0 || period !== null || end !== null;
  const single = CODES.filter((key) => isAsked(key) && [input[key]].flat().length === 1);
  if (named.length === 0 && single.length === 0 && !hasRows) return null;
  return {
    codes: Object.fromEntries(single.map((key) => [key, [input[key]].flat()[0]])),
    named: named.map(([object, key]) => [object, key, acceptedFor(key, input[key])] as const),
    list: hasRows ? list : "",
    wanted: wanted.map((key) => [key, acceptedFor(key, input[key])] as const),
    period,
    end,
  };
};

/** Whether a transfer is from or to a device. One whose targets cannot be read is of the device that the gateway lists it for. */
const hasEnd = ({ SourceDeviceSN: source, TargetDeviceSN: targets }: Members, values: ReadonlySet<unknown>): boolean =>
  targets === null || [source, targets].flat().some((serial) => isAccepted("DeviceSN", serial, values));

/**
 * Returns the part of an answer that is about what was asked for. Rows of people, devices, kinds and times that were not requested are
 * dropped: a gateway that does not know a filter ignores it. They count as rejected, and `ActualRowCount` becomes null because it
 * includes them.
 * @throws {DecodeError} if the answer itself is about another person, device or thing.
 */
export const onlyAsked = (answer: unknown, { named, list, wanted, period, end }: Asked): unknown => {
  const members = answer as Members;
  for (const [object, key, values] of named) {
    const value = (object === null ? members : (members[object] as Members | null | undefined))?.[key];
    if (value == null || isAccepted(key, value, values)) continue;
    throw new DecodeError("what was asked for", object === null ? key : `${object}.${key}`);
  }
  const rows = members[list] as Rows<Members> | undefined;
  if (rows === undefined) return answer;
  const isWanted = (row: Members): boolean =>
    wanted.every(([key, values]) => isAccepted(key, row[key], values)) &&
    (period === null || isWithin(row, period)) &&
    (end === null || hasEnd(row, end));
  if (rows.every(isWanted)) return answer;
  const kept = rows.filter(isWanted);
  const others = rows.length - kept.length;
  return {
    ...members,
    [list]: Object.assign(kept, { rejected: rows.rejected + others }),
    rejected: Number(members["rejected"]) + others,
    ActualRowCount: null,
  };
};
