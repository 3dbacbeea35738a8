import type { Exchange, Handle } from "./exchange.ts";
import { setSecurityHeaders } from "./headers.ts";
import { type Readiness, sendLive, sendReady } from "./health.ts";
import type { LinkHandlers } from "./links.ts";
import { sendEmpty, sendJson } from "./respond.ts";

export interface RouterOptions {
  readonly graphql: Handle;
  readonly links: LinkHandlers;
  readonly readiness: Readiness;
  /** Leads `/` to GraphiQL. */
  readonly development: boolean;
}

/** Every path that this server knows; anything else is 404. */
export const createRouter = ({ graphql, links, readiness, development }: RouterOptions): Handle => {
  const home: Handle = (exchange) =>
    development ? sendEmpty(exchange, 302, { location: "/graphql" }) : sendNothing(exchange);
  const routes = new Map<string, Handle>([
    ["/graphql", graphql],
    ["/health/live", reading(sendLive)],
    ["/health/ready", reading((exchange) => sendReady(exchange, readiness))],
    ["/links/photo", reading(links.photo)],
    ["/links/export", reading(links.export)],
    ["/", reading(home)],
  ]);
  return (exchange) => {
    setSecurityHeaders(exchange.response);
    return (routes.get(exchange.path) ?? sendNothing)(exchange);
  };
};

const sendNothing = (exchange: Exchange): void => sendJson(exchange, 404, { error: "There is nothing here." });

/** Only GET and HEAD. */
const reading =
  (handle: Handle): Handle =>
  (exchange) => {
    const { method } = exchange.request;
    if (method === "GET" || method === "HEAD") return handle(exchange);
    sendJson(exchange, 405, { error: "Ask with GET." }, { allow: "GET, HEAD" });
  };
