import type { Ingress } from "../../events/ingress/ingress.ts";
import { type EventLog, MAX_QUARANTINED } from "../../events/log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { type Readiness, sendLive, sendReady } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { LIVE_PATH, READY_PATH } from "../http/paths.ts";
import { sendJson, sendNotFound, sendText } from "../http/respond.ts";

/** The quarantine of an account. */
export interface Quarantine {
  readonly log: Pick<EventLog, "quarantined">;
  readonly ingress: Pick<Ingress, "replay">;
}

export interface AdminOptions {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Quarantines by account. */
  readonly quarantines: ReadonlyMap<string, Quarantine>;
}

/**
 * Creates the handler for operators: metrics, health, and the quarantine, whose bodies can be listed and replayed. It requires
 * no credential: it is for a port that only operators reach.
 */
export const createAdminHandler = ({ metrics, readiness, quarantines }: AdminOptions): Handle => {
  const list = async (context: HttpContext) => {
    const listed = [...quarantines].map(async ([account, { log }]) =>
      (await log.quarantined(MAX_QUARANTINED)).map((item) => ({ account, ...item })),
    );
    sendJson(context, 200, { quarantined: (await Promise.all(listed)).flat() });
  };

  const replay = async (context: HttpContext, account: string, id: string) => {
    const outcome = (await quarantines.get(account)?.ingress.replay(id)) ?? null;
    if (outcome === null) return sendNotFound(context);
    return sendJson(context, outcome.kind === "retry" ? 503 : 200, outcome);
  };

  const serve: Handle = async (context) => {
    const { path, request } = context;
    const [, account, id] = /^\/quarantine\/([^/]+)\/([^/]+)\/replay$/.exec(path) ?? [];
    if (account !== undefined && id !== undefined) {
      const [name, entry] = [decoded(account), decoded(id)];
      if (name === null || entry === null) return sendNotFound(context);
      if (request.method === "POST") return replay(context, name, entry);
      return sendJson(context, 405, { error: "The method must be POST." }, { allow: "POST" });
    }
    if (request.method !== "GET") return sendJson(context, 405, { error: "The method must be GET." }, { allow: "GET" });
    if (path === "/metrics") return sendText(context, 200, metrics.contentType, await metrics.text());
    if (path === LIVE_PATH) return sendLive(context);
    if (path === READY_PATH) return sendReady(context, readiness);
    return path === "/quarantine" ? list(context) : sendNotFound(context);
  };

  return async (context) => {
    try {
      await serve(context);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      sendJson(context, 503, { error: "The event log is unavailable; try again." });
    }
  };
};

/** A segment of a path; null if its escapes are malformed. */
const decoded = (segment: string): string | null => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
};
