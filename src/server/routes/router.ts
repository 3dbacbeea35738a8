import { CALLBACKS_PATH } from "./callbacks.ts";
import type { Handle } from "../http/context.ts";
import { setSecurityHeaders } from "../http/security-headers.ts";
import { type Readiness, sendLive, sendReady } from "./health.ts";
import type { LinkHandlers } from "./links.ts";
import { sendEmpty, sendJson, sendNotFound } from "../http/respond.ts";

/** Queries, streams and sockets. */
export const GRAPHQL_PATH = "/graphql";

export interface RouterOptions {
  readonly graphql: Handle;
  /** Receives whatever comes to CALLBACKS_PATH. */
  readonly callbacks: Handle;
  readonly links: LinkHandlers;
  readonly readiness: Readiness;
  /** Leads `/` to GraphiQL. */
  readonly development: boolean;
}

/** Every path that this server knows; anything else is 404. */
export const createRouter = ({ graphql, callbacks, links, readiness, development }: RouterOptions): Handle => {
  const home: Handle = (exchange) =>
    development ? sendEmpty(exchange, 302, { location: GRAPHQL_PATH }) : sendNotFound(exchange);
  const routes = new Map<string, Handle>([
    [GRAPHQL_PATH, graphql],
    ["/health/live", reading(sendLive)],
    ["/health/ready", reading((exchange) => sendReady(exchange, readiness))],
    ["/links/photo", reading(links.photo)],
    ["/links/export", reading(links.export)],
    ["/", reading(home)],
  ]);
  return (exchange) => {
    setSecurityHeaders(exchange.response);
    if (exchange.path.startsWith(CALLBACKS_PATH)) return callbacks(exchange);
    return (routes.get(exchange.path) ?? sendNotFound)(exchange);
  };
};

/** Only GET and HEAD. */
const reading =
  (handle: Handle): Handle =>
  (exchange) => {
    const { method } = exchange.request;
    if (method === "GET" || method === "HEAD") return handle(exchange);
    sendJson(exchange, 405, { error: "Ask with GET." }, { allow: "GET, HEAD" });
  };
