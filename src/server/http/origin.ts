import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { isLoopbackHost } from "../../config/values.ts";
import type { Handle } from "./context.ts";
import { sendEmpty, sendGraphQLError } from "./respond.ts";

/** Decides which pages may call. */
export interface OriginPolicy {
  /** Returns whether the Origin and Host headers of a request are allowed. */
  readonly allows: (request: IncomingMessage) => boolean;
  /** Returns the CORS headers for a page of a listed origin, which may read `exposed`; they never allow cookies. */
  readonly headersFor: (request: IncomingMessage, exposed: string) => OutgoingHttpHeaders;
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

/** A name of a header; `*` alone would be a wildcard. */
const HEADER_NAME = /^(?!\*$)[\w!#$%&'*+.^`|~-]{1,128}$/;
const MAX_REQUESTED = 100;

/**
 * The request headers that a page of a listed origin may send: all that its browser asks for. Clients and tools for tracing add headers
 * of their own, and none of them means anything to this server that the page could not send to it otherwise.
 */
const allowedHeaders = ({ headers }: IncomingMessage): string =>
  (headers["access-control-request-headers"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name))
    .slice(0, MAX_REQUESTED)
    .join(", ");

/**
 * Whether a request without an Origin comes from a page of another origin: browsers leave the header out in what images, scripts, frames
 * and links request, and say so in `Sec-Fetch-Site`, which no page can change. A link may open a page of this server, and runs nothing.
 */
const isOfOtherPage = ({ headers, url = "" }: IncomingMessage): boolean => {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return headers["sec-fetch-mode"] !== "navigate" || headers["sec-fetch-dest"] !== "document" || url.includes("?");
};

/** Creates the policy. A request that has no Origin and that no browser sent does not come from a page. */
export const createOriginPolicy = ({ listed, publicUrl, localOnly }: OriginOptions): OriginPolicy => {
  const publicHost = publicUrl === null ? null : hostOf(publicUrl);
  const isListed = (origin: string | undefined): origin is string => origin !== undefined && listed.includes(origin);
  const isOwn = (origin: string, host: string | undefined): boolean => {
    const originHost = hostOf(origin);
    return originHost !== null && (originHost === host?.toLowerCase() || originHost === publicHost);
  };
  const isLocal = (host: string): boolean => {
    const url = URL.parse(`http://${host}`);
    if (url === null) return false;
    return isLoopbackHost(url.hostname.replace(/^\[(.*)\]$/, "$1")) || url.host === publicHost;
  };
  /** Nearly all requests have the Host of the one before. */
  let localHost: string | undefined;
  const isKnownLocal = (host: string | undefined): boolean => {
    if (host === undefined || (host !== localHost && !isLocal(host))) return false;
    localHost = host;
    return true;
  };
  return {
    allows(request) {
      const { origin, host } = request.headers;
      if (localOnly && !isKnownLocal(host)) return false;
      return origin === undefined ? !isOfOtherPage(request) : isListed(origin) || isOwn(origin, host);
    },
    headersFor({ headers: { origin } }, exposed) {
      if (listed.length === 0) return {};
      if (!isListed(origin)) return { vary: "Origin" };
      return {
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": exposed,
      };
    },
  };
};

/** What pages of listed origins may do at a path. */
interface CorsRules {
  readonly methods: string;
  /** Response headers that they may read. */
  readonly exposed: string;
}

/** The GraphQL path. */
const GRAPHQL_RULES: CorsRules = { methods: "GET, POST", exposed: "x-request-id, retry-after, www-authenticate" };
/** Signed links, which carry their own permission. */
const LINK_RULES: CorsRules = { methods: "GET", exposed: "x-request-id, retry-after, content-disposition" };
const MAX_AGE_SECONDS = 600;

/** Adds the CORS headers and responds to preflight requests of listed origins. */
const withCors =
  (policy: OriginPolicy, { methods, exposed }: CorsRules, handle: Handle): Handle =>
  (context) => {
    const { request, response } = context;
    const headers = policy.headersFor(request, exposed);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    if (request.method !== "OPTIONS" || !("access-control-allow-origin" in headers)) return handle(context);
    return sendEmpty(context, 204, {
      vary: "Origin, Access-Control-Request-Headers",
      "access-control-allow-methods": methods,
      "access-control-allow-headers": allowedHeaders(request),
      "access-control-max-age": String(MAX_AGE_SECONDS),
    });
  };

/** Lets pages of listed origins read what signed links deliver. The links work without an origin, and for every origin. */
export const withReadableLinks = (policy: OriginPolicy, handle: Handle): Handle => withCors(policy, LINK_RULES, handle);

/** For the log: clients learn nothing about the configuration. */
const HINT =
  "A page may call if its origin is that of this server, that of PUBLIC_URL, or one of ACCESS_ORIGINS; " +
  "with open access, Host must be this machine or the host of PUBLIC_URL.";

/** Rejects requests of other origins and responds to preflight requests. */
export const withOrigins = (policy: OriginPolicy, handle: Handle): Handle =>
  withCors(policy, GRAPHQL_RULES, (context) => {
    if (context.request.method === "OPTIONS" || policy.allows(context.request)) return handle(context);
    context.note({ hint: HINT });
    return sendGraphQLError(
      context,
      "ORIGIN_NOT_ALLOWED",
      "Requests from this origin, or to this host, are not allowed.",
    );
  });
