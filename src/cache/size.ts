import { sourceOf, wholeOf } from "../contract/view.ts";

/** Bytes of an object beside its members, of a member beside its name and its value, and of a text beside its characters. */
const [OBJECT, MEMBER, TEXT] = [32, 16, 24] as const;
const CHARACTER = 2;

/** Rows of the contract take less than half of it. */
const USUAL_ROW_BYTES = 4 * 1024;

/** What to keep of an answer, and how many bytes it takes in memory. */
export interface Keepable<Answer> {
  readonly value: Answer;
  readonly bytes: number;
}

/**
 * Returns what to keep of an answer. A view holds the row that it was decoded from, with all in it that the contract does not know:
 * where that is much, the rows are decoded whole. What takes more than `most` bytes is not counted to its end.
 */
export const keepable = <Answer extends object>(answer: Answer, most: number): Keepable<Answer> => {
  const lists = Object.entries(answer).filter((member): member is [string, readonly object[]] =>
    Array.isArray(member[1]),
  );
  const rows = lists.reduce((count, [, list]) => count + list.length, 1);
  const bytes = bytesOf(answer, most);
  if (bytes <= rows * USUAL_ROW_BYTES) return { value: answer, bytes };
  const whole = lists.map(([name, list]) => [name, Object.assign(list.map(wholeOf), { rejected: 0 })]);
  const value: Answer = { ...answer, ...Object.fromEntries(whole) };
  return { value, bytes: bytesOf(value, most) };
};

/** Counts every row and every member: any of them may be large, and nested at any depth. */
const bytesOf = (value: object, most: number): number => {
  let total = 0;
  const objects = [value];
  for (const object of objects) {
    total += OBJECT;
    for (const name in object) {
      const member: unknown = object[name as keyof typeof object];
      total += MEMBER + CHARACTER * name.length;
      if (typeof member === "string") total += TEXT + CHARACTER * member.length;
      else if (typeof member === "object" && member !== null) objects.push(member);
      if (total > most) return total;
    }
    const source = sourceOf(object);
    if (source !== null) objects.push(source);
  }
  return total;
};
