import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent } from "undici";
import { createNetworks, isLoopbackAddress, isPublicAddress } from "./networks.ts";

/** Why a request to a URL that a client supplied failed. */
export type OutboundFault = "forbidden" | "unreachable" | "timeout" | "aborted";

/** A request without a response. The message contains the origin or host of the URL and nothing else of it. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

export interface OutboundPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Requests to URLs that clients supply. No other part may connect to such a URL. */
export interface Outbound {
  /** Returns whether the URL is allowed, without resolving its name or connecting to it. */
  readonly allows: (url: string) => boolean;
  /**
   * Posts a body and resolves to the status code; redirects are not followed.
   *
   * @throws OutboundError if there is no response.
   */
  readonly post: (request: OutboundPost) => Promise<number>;
  readonly stop: () => Promise<void>;
}

type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface OutboundOptions {
  /** Allowed URL prefixes: scheme, host and port must be equal, and the path must be equal or continue after a slash. */
  readonly allow: readonly string[];
  /** Networks, besides the public internet, that the names in `allow` may resolve to. */
  readonly networks?: readonly string[];
  /** Milliseconds to wait for a connection. @default 3000 */
  readonly connectMs?: number;
  /** Maximum number of connections per host. @default 64 */
  readonly connections?: number;
  /** @default the resolver of the system */
  readonly resolve?: Resolve;
}

const MAX_URL_LENGTH = 2_048;
/** The number of bytes of a response that are read before its connection is closed. */
const MAX_RESPONSE_BYTES = 64 * 1024;

const isLocalName = (hostname: string): boolean => /^(.+\.)?localhost\.?$/.test(hostname);

/** Returns null for a URL that is never allowed, whatever the prefixes are. */
const parseTarget = (text: string): URL | null => {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username !== "" || url.password !== "" || text.includes("#")) return null;
  // The server may treat these as slashes and leave the allowed path.
  return /%(2f|5c)/i.test(url.pathname) ? null : url;
};

const startsWith = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || prefix.endsWith("/") || path[prefix.length] === "/");

/**
 * Creates the guard of outbound requests. It checks the address of the connection, not the name: a name that resolves to a
 * public address now may resolve to another address a moment later. An address literal in `allow` may be in any network;
 * `localhost` there means this machine.
 */
export const createOutbound = (outboundOptions: OutboundOptions): Outbound => {
  const { allow, networks = [], connectMs = 3_000, connections = 64, resolve = resolveName } = outboundOptions;
  const allowed = allow.map((prefix) => new URL(prefix));
  const isConfigured = createNetworks(networks);
  const permits = (hostname: string, address: string): boolean =>
    isPublicAddress(address) || isConfigured(address) || (isLocalName(hostname) && isLoopbackAddress(address));

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const [first] = addresses;
      if (first === undefined || addresses.some(({ address }) => !permits(hostname, address))) {
        const message = `${hostname} resolves to an address outside the public internet.`;
        return callback(new OutboundError("forbidden", message), "");
      }
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const agent = new Agent({ connections, pipelining: 1, allowH2: false, connect: { lookup, timeout: connectMs } });

  const isAllowed = ({ origin, pathname }: URL): boolean =>
    allowed.some((prefix) => prefix.origin === origin && startsWith(pathname, prefix.pathname));

  const errorOf = (error: unknown, origin: string, timeout: AbortSignal, signal?: AbortSignal): OutboundError => {
    if (error instanceof OutboundError) return error;
    if (signal?.aborted === true) return new OutboundError("aborted", `The request to ${origin} was aborted.`);
    if (timeout.aborted) return new OutboundError("timeout", `${origin} did not answer in time.`);
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return new OutboundError("unreachable", `${origin} cannot be reached${code}.`);
  };

  return {
    allows(text) {
      const url = parseTarget(text);
      return url !== null && isAllowed(url);
    },
    async post({ url: text, headers, body, timeoutMs, signal }) {
      const url = parseTarget(text);
      if (url === null || !isAllowed(url)) throw new OutboundError("forbidden", "The URL is not allowed.");
      const timeout = AbortSignal.timeout(timeoutMs);
      const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
      try {
        const { origin, pathname, search } = url;
        const path = `${pathname}${search}`;
        const response = await agent.request({ origin, path, method: "POST", headers, body, signal: ended });
        await response.body.dump({ limit: MAX_RESPONSE_BYTES, signal: ended });
        return response.statusCode;
      } catch (error) {
        throw errorOf(error, url.origin, timeout, signal);
      }
    },
    stop: () => agent.destroy(),
  };
};
