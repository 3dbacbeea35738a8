import { isOffset } from "./offset.ts";

/**
 * An offset in a known log. It names the log, so that a cursor of a log that is gone differs from one that was never valid.
 * `deliveredTags` identify events after the offset that the client has already, from a snapshot; they are not delivered again.
 */
export interface Cursor {
  readonly logId: string;
  readonly offset: string;
  readonly deliveredTags: readonly string[];
  /** Whether events before it are lost, which is not reported to the client yet. @default false */
  readonly gap?: boolean;
}

const TAG = /^[A-Za-z0-9_-]{8}$/;
/** Shorter than every tag. */
const GAP = "gap";
const MAX_CURSOR_LENGTH = 16_384;

/** Encodes a cursor as text that is opaque to clients. */
export const encodeCursor = ({ logId, offset, deliveredTags, gap = false }: Cursor): string =>
  Buffer.from([logId, offset, ...(gap ? [GAP] : []), ...deliveredTags].join(" ")).toString("base64url");

/** Decodes a cursor; null if the text is not a cursor that `encodeCursor` returns. */
export const decodeCursor = (text: string): Cursor | null => {
  if (text.length > MAX_CURSOR_LENGTH) return null;
  const [logId = "", offset = "", ...rest] = Buffer.from(text, "base64url").toString().split(" ");
  const gap = rest[0] === GAP;
  const deliveredTags = gap ? rest.slice(1) : rest;
  if (logId === "" || !isOffset(offset) || !deliveredTags.every((tag) => TAG.test(tag))) return null;
  const cursor = { logId, offset, deliveredTags, ...(gap ? { gap } : {}) };
  return encodeCursor(cursor) === text ? cursor : null;
};
