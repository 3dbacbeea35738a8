import type { HttpContext } from "../http/context.ts";
import { sendJson } from "../http/respond.ts";

/**
 * Whether this instance should receive requests. What keeps all instances from their work at once, such as a gateway that does not
 * answer, is a warning: without a ready instance a balancer would answer in place of Portico, and know less.
 */
export type Readiness = () => {
  /** One sentence for each reason why it should receive none; empty if it should. */
  readonly reasons: readonly string[];
  /** One sentence for each thing that an operator should know and that does not make it unready. */
  readonly warnings: readonly string[];
};

/** Responds that the process is alive. */
export const sendLive = (context: HttpContext): void => sendJson(context, 200, { status: "ok", reasons: [] });

/** Responds whether this instance is ready, or why it is not. */
export const sendReady = (context: HttpContext, readiness: Readiness): void => {
  const { reasons, warnings } = readiness();
  if (reasons.length === 0) sendJson(context, 200, { status: "ok", reasons, warnings });
  else sendJson(context, 503, { status: "unavailable", reasons, warnings });
};
