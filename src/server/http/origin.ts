import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { isLoopbackHost } from "../../config/values.ts";
import type { Handle } from "./context.ts";
import { sendEmpty, sendGraphQLError } from "./respond.ts";

/** Which pages may call. */
export interface OriginPolicy {
  /** Whether a request may come from where it says it does, and mean the host that it names. */
  readonly allows: (request: IncomingMessage) => boolean;
  /** The headers that let a page of another origin, if it is listed, read the answer; none ever lets it send cookies. */
  readonly headersFor: (request: IncomingMessage) => OutgoingHttpHeaders;
}

export interface OriginOptions {
  /** Origins, besides this server's own, whose pages may call. */
  readonly listed: readonly string[];
  /** Where clients reach this server, if that is known. */
  readonly publicUrl: string | null;
  /**
   * Takes only requests that name this machine, or `publicUrl`: where callers are not asked who they are, any page could call
   * by having its own name lead here.
   */
  readonly localOnly: boolean;
}

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

/** A request without an origin comes from no page, or from one of this server. */
export const createOriginPolicy = ({ listed, publicUrl, localOnly }: OriginOptions): OriginPolicy => {
  const publicHost = publicUrl === null ? null : hostOf(publicUrl);
  const isListed = (origin: string | undefined): origin is string => origin !== undefined && listed.includes(origin);
  const isOwn = (origin: string, host: string | undefined): boolean => {
    const from = hostOf(origin);
    return from !== null && (from === host?.toLowerCase() || from === publicHost);
  };
  const isLocal = (host: string | undefined): boolean => {
    const url = URL.parse(`http://${host}`);
    if (url === null || host === undefined) return false;
    return isLoopbackHost(url.hostname.replace(/^\[(.*)\]$/, "$1")) || url.host === publicHost;
  };
  return {
    allows({ headers: { origin, host } }) {
      if (localOnly && !isLocal(host)) return false;
      return origin === undefined || isListed(origin) || isOwn(origin, host);
    },
    headersFor({ headers: { origin } }) {
      if (listed.length === 0) return {};
      if (!isListed(origin)) return { vary: "Origin" };
      return {
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "x-request-id, retry-after",
      };
    },
  };
};

const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers":
    "accept, authorization, content-type, last-event-id, x-api-key, x-portico-trace, x-request-id",
  "access-control-max-age": "600",
};

/** Refuses what may not come, and answers what browsers ask beforehand. */
export const withOrigins =
  (policy: OriginPolicy, handle: Handle): Handle =>
  (exchange) => {
    const { request, response } = exchange;
    const headers = policy.headersFor(request);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    const isPreflight = request.method === "OPTIONS";
    if (isPreflight && "access-control-allow-origin" in headers) return sendEmpty(exchange, 204, PREFLIGHT);
    if (isPreflight || policy.allows(request)) return handle(exchange);
    sendGraphQLError(exchange, 403, "ORIGIN_NOT_ALLOWED", "Pages of this origin, or this host, may not call.");
  };
