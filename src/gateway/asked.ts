import { DecodeError, type Rows } from "../contract/codec.ts";
import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";

type Members = Readonly<Record<string, unknown>>;
type Key = (typeof KEYS)[number];

const CODES = ["DeviceSN", "EmployeeCode"] as const;
/** Members with an ID of the gateway, which it repeats as it is. */
const IDS = ["PunchID", "MigrationID"] as const;
/** Members with a word of the contract or a number. */
const WORDS = ["DoorNo", "Direction", "Type", "EventType", "Status"] as const;
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
    return [operation, { named, list, keys: KEYS.filter((key) => key in row), isOfTransfers: "TargetDeviceSN" in row }];
  }),
);

/** What an answer must be about: the devices, people and kinds that its request names. */
export interface Asked {
  /** The codes of the one device and the one person that the request names, which its rows need not repeat. */
  readonly codes: Members;
  /** The members that the answer or an object in it may repeat, and the values that they may have. */
  readonly named: readonly (readonly [object: string | null, key: Key, values: ReadonlySet<unknown>])[];
  /** The member of the answer that has the rows; empty if any row was asked for. */
  readonly list: string;
  readonly wanted: readonly (readonly [key: Key, values: ReadonlySet<unknown>])[];
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
  const { list, keys, isOfTransfers } = repeated;
  const isAsked = (key: Key): boolean => input[key] != null && input[key] !== "ALL";
  const named = repeated.named.filter(([, key]) => isAsked(key) && typeof input[key] === "string");
  const wanted = keys.filter(isAsked);
  const end = isOfTransfers && isAsked("DeviceSN") ? acceptedFor("DeviceSN", input["DeviceSN"]) : null;
  const single = CODES.filter((key) => isAsked(key) && [input[key]].flat().length === 1);
  if (named.length === 0 && wanted.length === 0 && single.length === 0 && end === null) return null;
  return {
    codes: Object.fromEntries(single.map((key) => [key, [input[key]].flat()[0]])),
    named: named.map(([object, key]) => [object, key, acceptedFor(key, input[key])] as const),
    list: wanted.length === 0 && end === null ? "" : list,
    wanted: wanted.map((key) => [key, acceptedFor(key, input[key])] as const),
    end,
  };
};

/** Whether a transfer is from or to a device. One whose targets cannot be read is of the device that the gateway lists it for. */
const hasEnd = ({ SourceDeviceSN: source, TargetDeviceSN: targets }: Members, values: ReadonlySet<unknown>): boolean =>
  targets === null || [source, targets].flat().some((serial) => isAccepted("DeviceSN", serial, values));

/**
 * Returns the part of an answer that is about what was asked for. Rows of people, devices and kinds that were not requested are dropped: a
 * gateway that does not know a filter ignores it. They count as rejected, and `ActualRowCount` becomes null because it includes them.
 * @throws {DecodeError} if the answer itself is about another person, device or thing.
 */
export const onlyAsked = (answer: unknown, { named, list, wanted, end }: Asked): unknown => {
  const members = answer as Members;
  for (const [object, key, values] of named) {
    const value = (object === null ? members : (members[object] as Members | null | undefined))?.[key];
    if (value == null || isAccepted(key, value, values)) continue;
    throw new DecodeError("what was asked for", object === null ? key : `${object}.${key}`);
  }
  const rows = members[list] as Rows<Members> | undefined;
  if (rows === undefined) return answer;
  const isWanted = (row: Members): boolean =>
    wanted.every(([key, values]) => isAccepted(key, row[key], values)) && (end === null || hasEnd(row, end));
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
