import type { ClientResult } from "./result.ts";
import type { EventInfo } from "./state.ts";

/** What a result says of its place in the log. */
export interface EventFields extends EventInfo {
  /** The cursor of the event before it in this subscription; null if it is not known. */
  readonly previousCursor: string | null;
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/**
 * Reads the place of an event: from the transport, from `extensions`, or from the event if its document selects it there. A document
 * that selects `cursor` resumes over every transport and behind every router.
 */
export const fieldsOf = ({ data, extensions = {} }: ClientResult<unknown>, cursor?: string): EventFields => {
  const [root] = Object.values((data ?? {}) as Record<string, unknown>);
  const event = (typeof root === "object" && root !== null ? root : {}) as Record<string, unknown>;
  const replayed = event["replayed"] ?? extensions["replayed"];
  return {
    cursor: textOf(cursor) ?? textOf(extensions["cursor"]) ?? textOf(event["cursor"]),
    previousCursor: textOf(event["previousCursor"]) ?? textOf(extensions["previousCursor"]),
    isGap: event["gap"] === true || extensions["gap"] === true,
    isReplayed: typeof replayed === "boolean" ? replayed : undefined,
  };
};
