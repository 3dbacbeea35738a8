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
    const keys = KEYS.filter((key) => key in row);
    return [operation, { named, list, keys, isOfTransfers: "TargetDeviceSN" in row }];
  }),
);

/** Gateways find a code whatever its case, and some return it padded. Zeros before it matter. */
const comparable = (key: Key, value: unknown): unknown => {
  const text = withoutPadding(String(value));
  return isOneOf(IDS, key) ? text : text.toLowerCase();
};

/** The values that a member of an answer may have, because its request names them. */
class Accepted {
  readonly key: Key;
  readonly #asked: unknown;
  #values: ReadonlySet<unknown> | undefined;

  constructor(key: Key, asked: unknown) {
    this.key = key;
    this.#asked = asked;
  }

  has(value: unknown): boolean {
    // Nearly all answers have the value as it was sent.
    if (value === this.#asked) return true;
    const values = (this.#values ??= this.#all());
    return values.has(value) || values.has(comparable(this.key, value));
  }

  #all(): ReadonlySet<unknown> {
    const values = [this.#asked].flat();
    return new Set(
      isOneOf(WORDS, this.key)
        ? [...values, ...VAGUE]
        : values.flatMap((value) => [value, comparable(this.key, value)]),
    );
  }
}

/** A request, as far as its answer has to be about it. */
export interface Asked {
  readonly repeated: Repeated;
  readonly input: Members;
}

/** Returns what the answer to a request has to match; null if it may be about anything. */
export const askedOf = (operation: OperationName, input: Members): Asked | null => {
  const repeated = REPEATED.get(operation);
  return repeated === undefined ? null : { repeated, input };
};

/** Whether a transfer is from or to a device. One whose targets cannot be read is of the device that the gateway lists it for. */
const hasEnd = ({ SourceDeviceSN: source, TargetDeviceSN: targets }: Members, serial: Accepted): boolean =>
  targets === null || [source, targets].flat().some((end) => serial.has(end));

/**
 * Returns the part of an answer that is about what was asked for. Rows of people, devices and kinds that were not requested are dropped: a
 * gateway that does not know a filter ignores it. They count as rejected; `ActualRowCount`, which includes them, becomes null. Their times
 * are not compared: a gateway may find the row of a clock that is wrong by the time at which it received it.
 * @throws {DecodeError} if the answer itself is about another person, device or thing.
 */
export const onlyAsked = (answer: unknown, { repeated, input }: Asked): unknown => {
  const members = answer as Members;
  const isAsked = (key: Key): boolean => input[key] != null && input[key] !== "ALL";
  for (const [object, key] of repeated.named) {
    const asked = input[key];
    const value = (object === null ? members : (members[object] as Members | null | undefined))?.[key];
    if (value == null || value === asked || !isAsked(key) || typeof asked !== "string") continue;
    if (!new Accepted(key, asked).has(value))
      throw new DecodeError("what was asked for", object === null ? key : `${object}.${key}`);
  }
  const rows = members[repeated.list] as Rows<Members> | undefined;
  if (rows === undefined || rows.length === 0) return answer;
  const wanted = repeated.keys.filter(isAsked).map((key) => new Accepted(key, input[key]));
  const end = repeated.isOfTransfers && isAsked("DeviceSN") ? new Accepted("DeviceSN", input["DeviceSN"]) : undefined;
  const isWanted = (row: Members): boolean =>
    wanted.every((values) => values.has(row[values.key])) && (end === undefined || hasEnd(row, end));
  if (rows.every(isWanted)) return answer;
  const kept = rows.filter(isWanted);
  const others = rows.length - kept.length;
  return {
    ...members,
    [repeated.list]: Object.assign(kept, { rejected: rows.rejected + others }),
    rejected: Number(members["rejected"]) + others,
    ActualRowCount: null,
  };
};
