import type { HttpContext } from "../http/context.ts";
import { sendJson } from "../http/respond.ts";

/** Resolves to one sentence for each reason why this instance should receive no requests; empty if it should. */
export type Readiness = () => Promise<readonly string[]>;

/** Returns one sentence for each fact that an operator should know although this instance works. */
export type Notices = () => readonly string[];

/** Responds that the process is alive. */
export const sendLive = (context: HttpContext): void => sendJson(context, 200, { status: "ok", reasons: [] });

/** Responds whether this instance is ready, or why it is not. */
export const sendReady = async (
  context: HttpContext,
  readiness: Readiness,
  notices: Notices = () => [],
): Promise<void> => {
  const reasons = await readiness();
  if (reasons.length === 0) sendJson(context, 200, { status: "ok", reasons: notices() });
  else sendJson(context, 503, { status: "unavailable", reasons });
};
