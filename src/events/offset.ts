/** As Redis writes them. Redis rejects numbers beyond 64 bits, and a forged cursor must not look like a failure of Redis. */
const OFFSET = /^(0|[1-9]\d{0,17})-(0|[1-9]\d{0,17})$/;

/** Whether a text is an offset of the log: two decimal numbers of at most 18 digits with a hyphen between them. */
export const isOffset = (text: string): boolean => OFFSET.test(text);

/** The offset before the first entry of a log. */
export const ZERO_OFFSET = "0-0";

const partsOf = (offset: string): readonly [time: string, number: string] => {
  const [time = "0", number = "0"] = offset.split("-");
  return [time, number];
};

/** Orders offsets as Redis orders the ids of a stream: negative, positive, or 0 for equal ones. */
export const compareOffsets = (a: string, b: string): number => {
  const end = a.indexOf("-");
  // Most have times of the same length, and then those of the same length have the order of their characters.
  if (a.length === b.length && end === b.indexOf("-")) return a < b ? -1 : a > b ? 1 : 0;
  const [aTime, aNumber] = partsOf(a);
  const [bTime, bNumber] = partsOf(b);
  return compareNumbers(aTime, bTime) || compareNumbers(aNumber, bNumber);
};

const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** The offset right after another one: reading back before it includes the other one. */
export const offsetAfter = (offset: string): string => {
  const [time, number] = partsOf(offset);
  return `${time}-${BigInt(number) + 1n}`;
};

/** The offset right before another one: reading on after it includes the other one. */
export const offsetBefore = (offset: string): string => {
  const [time, number] = partsOf(offset);
  if (number !== "0") return `${time}-${BigInt(number) - 1n}`;
  return time === "0" ? ZERO_OFFSET : `${BigInt(time) - 1n}-${2n ** 64n - 1n}`;
};

/** When the entry at an offset was appended, by the clock of the store, in milliseconds since 1970 UTC. */
export const appendedAt = (offset: string): number => Number.parseInt(offset, 10);
