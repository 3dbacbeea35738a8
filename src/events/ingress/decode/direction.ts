import { Direction, Modality } from "../../../contract/vocabulary.ts";
import type { MemberLookup } from "../../../contract/lookup.ts";

type DirectionName = (typeof Direction.values)[number];
type ModalityName = (typeof Modality.values)[number];

export interface Roles {
  readonly Direction: DirectionName;
  readonly Type: ModalityName;
}

/** Where a direction is looked for, in this order; a modality in the reverse order. */
const NAMES = ["Direction", "AttendanceType", "Type", "InputType"] as const;

/** Short forms, as a clone of the gateway sends them. Of its numbers, only the meaning of these two is certain. */
const SHORT_DIRECTIONS = new Map<string, DirectionName>([
  ["0", "CheckIn"],
  ["1", "CheckOut"],
  ["in", "CheckIn"],
  ["out", "CheckOut"],
]);

const wordOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number"
    ? String(value)
        .replaceAll(/[\s\p{Cc}_-]/gu, "")
        .toLowerCase()
    : "";

const directionOf = (word: string): DirectionName | null => {
  const read = Direction.tolerant.read(word);
  return read !== "None" || word === "none" ? read : null;
};

const modalityOf = (word: string): ModalityName | null => {
  const read = Modality.tolerant.read(word);
  return read !== "other" || word === "other" || word === "others" ? read : null;
};

/**
 * Finds the direction and the modality of a punch. In version 3 `Type` is the modality, in older bodies it is the direction,
 * which some of them name `AttendanceType`.
 * The values of the members decide; their names decide only between numbers.
 */
export const rolesOf = (member: MemberLookup): Roles => {
  const words = NAMES.map((name) => wordOf(member(name)));
  let type: ModalityName | null = null;
  let modality = words.length - 1;
  for (; modality >= 0; modality -= 1) {
    type = modalityOf(words[modality] ?? "");
    if (type !== null) break;
  }
  let [direction, short]: [DirectionName | null, string] = [null, ""];
  for (const [index, word] of words.entries()) {
    if (index === modality) continue;
    direction ??= directionOf(word);
    short ||= word;
  }
  return { Direction: direction ?? SHORT_DIRECTIONS.get(short) ?? "None", Type: type ?? "other" };
};
