import type { HttpContext } from "../http/context.ts";
import { sendJson } from "../http/respond.ts";

/** Why this instance should get no requests now; nothing when it should. */
export type Readiness = () => Promise<readonly string[]>;

/** The process is alive. */
export const sendLive = (exchange: HttpContext): void => sendJson(exchange, 200, { status: "ok", reasons: [] });

/** This instance can do its work, or why not. */
export const sendReady = async (exchange: HttpContext, readiness: Readiness): Promise<void> => {
  const reasons = await readiness();
  if (reasons.length === 0) sendJson(exchange, 200, { status: "ok", reasons });
  else sendJson(exchange, 503, { status: "unavailable", reasons });
};
