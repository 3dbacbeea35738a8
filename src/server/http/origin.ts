import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { isLoopbackHost } from "../../config/values.ts";
import type { Handle } from "./context.ts";
import { sendEmpty, sendGraphQLError } from "./respond.ts";

/** Decides which pages may call. */
export interface OriginPolicy {
  /** Returns whether the Origin and Host headers of a request are allowed. */
  readonly allows: (request: IncomingMessage) => boolean;
  /** Returns the CORS headers for a page of a listed origin; they never allow cookies. */
  readonly headersFor: (request: IncomingMessage) => OutgoingHttpHeaders;
}

export interface OriginOptions {
  /** Origins whose pages may call, besides the origin of this server. */
  readonly listed: readonly string[];
  /** The URL under which clients reach this server, if it is known. */
  readonly publicUrl: string | null;
  /**
   * Accepts only requests whose Host is this machine or that of `publicUrl`. Without authentication any page could otherwise
   * call through a name of its own that resolves to this machine (DNS rebinding).
   */
  readonly localOnly: boolean;
}

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

/** Creates the policy. A request without an Origin does not come from a page of another origin. */
export const createOriginPolicy = ({ listed, publicUrl, localOnly }: OriginOptions): OriginPolicy => {
  const publicHost = publicUrl === null ? null : hostOf(publicUrl);
  const isListed = (origin: string | undefined): origin is string => origin !== undefined && listed.includes(origin);
  const isOwn = (origin: string, host: string | undefined): boolean => {
    const originHost = hostOf(origin);
    return originHost !== null && (originHost === host?.toLowerCase() || originHost === publicHost);
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

/** Rejects requests of other origins and responds to preflight requests. */
export const withOrigins =
  (policy: OriginPolicy, handle: Handle): Handle =>
  (context) => {
    const { request, response } = context;
    const headers = policy.headersFor(request);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    const isPreflight = request.method === "OPTIONS";
    if (isPreflight && "access-control-allow-origin" in headers) return sendEmpty(context, 204, PREFLIGHT);
    if (isPreflight || policy.allows(request)) return handle(context);
    sendGraphQLError(context, "ORIGIN_NOT_ALLOWED", "Requests from this origin, or to this host, are not allowed.");
  };
