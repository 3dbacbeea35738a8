/**
 * A place in a log, of which the log is known: a cursor of a log that is gone is told from one that was never ours.
 * `deliveredTags` are events behind the place that its holder has already, by a snapshot: they are not delivered again.
 */
export interface Cursor {
  readonly logId: string;
  readonly offset: string;
  readonly deliveredTags: readonly string[];
}

/** As Redis writes them; it refuses what does not fit 64 bits, and a forged cursor must not look like a dead Redis. */
const POSITION = /^(0|[1-9]\d{0,17})-(0|[1-9]\d{0,17})$/;
const MARK = /^[A-Za-z0-9_-]{8}$/;
const LONGEST = 16_384;

export const isOffset = (text: string): boolean => POSITION.test(text);

/** Opaque to clients. */
export const encodeCursor = ({ logId, offset, deliveredTags }: Cursor): string =>
  Buffer.from([logId, offset, ...deliveredTags].join(" ")).toString("base64url");

/** Null for what is no cursor of ours. */
export const decodeCursor = (text: string): Cursor | null => {
  if (text.length > LONGEST) return null;
  const [logId = "", offset = "", ...deliveredTags] = Buffer.from(text, "base64url").toString().split(" ");
  if (logId === "" || !isOffset(offset) || !deliveredTags.every((mark) => MARK.test(mark))) return null;
  const cursor = { logId, offset, deliveredTags };
  return encodeCursor(cursor) === text ? cursor : null;
};

/** Below, above or the same: the order of Redis Stream ids. */
export const compareOffsets = (a: string, b: string): number => {
  const [aTime = "0", aNumber = "0"] = a.split("-");
  const [bTime = "0", bNumber = "0"] = b.split("-");
  return compareNumbers(aTime, bTime) || compareNumbers(aNumber, bNumber);
};

const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
