import { lookupIn, type MemberLookup, type Members } from "./lookup.ts";
import { wordOf } from "./padding.ts";
import { Direction, Modality } from "./vocabulary.ts";

type DirectionName = (typeof Direction.values)[number];
type ModalityName = (typeof Modality.values)[number];

/** The direction and the modality of a punch; null if no member says it. */
export interface Roles {
  readonly Direction: DirectionName | null;
  readonly Type: ModalityName | null;
}

/** Where a direction is looked for, in this order. */
const NAMES = ["Direction", "AttendanceType", "Type", "InputType"] as const;
/** Where a modality is looked for: the indices of the names. What version 3 names so counts most. */
const MODALITY_ORDER = [2, 3, 1, 0] as const;

/** Short forms, as a clone of the gateway sends them. Of its numbers, only the meaning of these two is certain. */
const SHORT_DIRECTIONS = new Map<string, DirectionName>([
  ["0", "CheckIn"],
  ["1", "CheckOut"],
  ["i", "CheckIn"],
  ["in", "CheckIn"],
  ["o", "CheckOut"],
  ["out", "CheckOut"],
]);

const wordIn = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? wordOf(String(value)) : "";

const directionOf = (word: string): DirectionName | null => {
  const read = Direction.tolerant.read(word);
  return read !== "None" || word === "none" ? read : null;
};

const modalityOf = (word: string): ModalityName | null => {
  const read = Modality.tolerant.read(word);
  return read !== "other" || word === "other" || word === "others" ? read : null;
};

/** What says something hides what says that there is nothing, in whichever order they stand. */
const better = <Name extends string>(found: Name | null, next: Name | null, nothing: Name): Name | null =>
  found === null || (found === nothing && next !== null) ? next : found;

/**
 * Finds the direction and the modality of a punch. In version 3 `Type` is the modality, in older bodies it is the direction,
 * which some of them name `AttendanceType`.
 * The values of the members decide; their names decide only between numbers.
 */
export const rolesOf = (member: MemberLookup): Roles => {
  const words = NAMES.map((name) => wordIn(member(name)));
  let type: ModalityName | null = null;
  let modality: number | undefined;
  for (const index of MODALITY_ORDER) {
    const next: ModalityName | null = better(type, modalityOf(words[index] ?? ""), "other");
    if (next !== type) [type, modality] = [next, index];
  }
  let [direction, short]: [DirectionName | null, string] = [null, ""];
  for (const [index, word] of words.entries()) {
    if (index === modality) continue;
    direction = better(direction, directionOf(word), "None");
    short ||= word;
  }
  return { Direction: direction ?? SHORT_DIRECTIONS.get(short) ?? null, Type: type };
};

/** Nearly all rows have values of the contract in its own members. The last one of each says nothing. */
const MODALITIES: ReadonlySet<unknown> = new Set(Modality.values.slice(0, -1));
const DIRECTIONS: ReadonlySet<unknown> = new Set(Direction.values.slice(0, -1));

/** Finds the modality of a row, in whichever member it stands; `value` is that of `Type`. */
export const modalityIn = (value: unknown, row: Members): unknown =>
  MODALITIES.has(value) ? value : (rolesOf(lookupIn(row)).Type ?? value);

/** Whether a punch has no direction and no other member that could have one, as many have in version 3. */
const isWithout = (value: unknown, row: Members): boolean =>
  value === "None" && MODALITIES.has(row["Type"]) && lookupIn(row)("AttendanceType", "InputType") === undefined;

/** Finds the direction of a row, in whichever member it stands; `value` is that of `Direction`. */
export const directionIn = (value: unknown, row: Members): unknown =>
  DIRECTIONS.has(value) || isWithout(value, row) ? value : (rolesOf(lookupIn(row)).Direction ?? value);
