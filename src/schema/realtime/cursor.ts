import { type Cursor, decodeCursor } from "../../events/cursor.ts";
import { badUserInput } from "../kernel/arguments.ts";

/** The place a client wants to go on from; null for none. */
export const parseCursor = (text: string | null | undefined): Cursor | null => {
  if (text == null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) throw badUserInput("after", "This is no cursor of an event.");
  return cursor;
};
