import { type Cursor, decodeCursor } from "../../events/cursor.ts";
import { badUserInput } from "./arguments.ts";

/**
 * Returns the cursor after which a client resumes; null without one.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the text is not a cursor.
 */
export const parseCursor = (text: string | null | undefined): Cursor | null => {
  if (text == null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) throw badUserInput("after", "`after` must be a cursor of an event.");
  return cursor;
};
