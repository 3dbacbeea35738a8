/** As Redis writes them. Redis rejects numbers beyond 64 bits, and a forged cursor must not look like a failure of Redis. */
const OFFSET = /^(0|[1-9]\d{0,17})-(0|[1-9]\d{0,17})$/;

/** Whether a text is an offset of the log: two decimal numbers of at most 18 digits with a hyphen between them. */
export const isOffset = (text: string): boolean => OFFSET.test(text);

/** Orders offsets as Redis orders the ids of a stream: negative, positive, or 0 for equal ones. */
export const compareOffsets = (a: string, b: string): number => {
  const end = a.indexOf("-");
  // Most have times of the same length, and then those of the same length have the order of their characters.
  if (a.length === b.length && end === b.indexOf("-")) return a < b ? -1 : a > b ? 1 : 0;
  const [aTime = "0", aNumber = "0"] = a.split("-");
  const [bTime = "0", bNumber = "0"] = b.split("-");
  return compareNumbers(aTime, bTime) || compareNumbers(aNumber, bNumber);
};

const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
