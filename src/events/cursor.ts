/** A place in a log, of which the log is known: a cursor of a log that is gone is told from one that was never ours. */
export interface Cursor {
  readonly logId: string;
  readonly position: string;
}

const POSITION = /^\d{1,20}-\d{1,20}$/;

/** Opaque to clients. */
export const encodeCursor = ({ logId, position }: Cursor): string =>
  Buffer.from(`${logId} ${position}`).toString("base64url");

/** Null for what is no cursor of ours. */
export const decodeCursor = (text: string): Cursor | null => {
  const [logId = "", position = "", ...rest] = Buffer.from(text, "base64url").toString().split(" ");
  if (logId === "" || rest.length > 0 || !POSITION.test(position)) return null;
  return encodeCursor({ logId, position }) === text ? { logId, position } : null;
};

/** Below, above or the same: the order of Redis Stream ids. */
export const comparePositions = (a: string, b: string): number => {
  const [aTime = "0", aNumber = "0"] = a.split("-");
  const [bTime = "0", bNumber = "0"] = b.split("-");
  return compareNumbers(aTime, bTime) || compareNumbers(aNumber, bNumber);
};

const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
