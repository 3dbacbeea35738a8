import type { Ingress } from "../../events/ingress/ingress.ts";
import { type EventLog, MAX_QUARANTINED } from "../../events/log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { type Readiness, sendLive, sendReady } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { sendJson, sendNotFound, sendText } from "../http/respond.ts";

/** What an account's quarantine is looked after with. */
export interface Quarantine {
  readonly log: Pick<EventLog, "quarantined">;
  readonly ingress: Pick<Ingress, "replay">;
}

export interface AdminOptions {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** By account. */
  readonly quarantines: ReadonlyMap<string, Quarantine>;
}

/**
 * What operators look after a process with: metrics, health, and the bodies in quarantine, which can be listed and taken in
 * once more. Nobody is asked who they are: it is for a port that only operators reach.
 */
export const createAdminHandler = ({ metrics, readiness, quarantines }: AdminOptions): Handle => {
  const list = async (exchange: HttpContext) => {
    const listed = [...quarantines].map(async ([account, { log }]) =>
      (await log.quarantined(MAX_QUARANTINED)).map((item) => ({ account, ...item })),
    );
    sendJson(exchange, 200, { quarantined: (await Promise.all(listed)).flat() });
  };

  const replay = async (exchange: HttpContext, account: string, id: string) => {
    const outcome = (await quarantines.get(account)?.ingress.replay(id)) ?? null;
    if (outcome === null) return sendNotFound(exchange);
    return sendJson(exchange, outcome.kind === "retry" ? 503 : 200, outcome);
  };

  const serve: Handle = async (exchange) => {
    const { path, request } = exchange;
    const [, account, id] = /^\/quarantine\/([^/]+)\/([^/]+)\/replay$/.exec(path) ?? [];
    if (account !== undefined && id !== undefined) {
      if (request.method === "POST") return replay(exchange, decodeURIComponent(account), decodeURIComponent(id));
      return sendJson(exchange, 405, { error: "Ask with POST." }, { allow: "POST" });
    }
    if (request.method !== "GET") return sendJson(exchange, 405, { error: "Ask with GET." }, { allow: "GET" });
    if (path === "/metrics") return sendText(exchange, 200, metrics.contentType, await metrics.text());
    if (path === "/health/live") return sendLive(exchange);
    if (path === "/health/ready") return sendReady(exchange, readiness);
    return path === "/quarantine" ? list(exchange) : sendNotFound(exchange);
  };

  return async (exchange) => {
    try {
      await serve(exchange);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      sendJson(exchange, 503, { error: "The event log cannot be reached now; try again." });
    }
  };
};
