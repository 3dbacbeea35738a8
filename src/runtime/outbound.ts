import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent } from "undici";
import { createNetworks, isLoopbackAddress, isPublicAddress } from "./networks.ts";

/** What went wrong with a request to a URL that somebody gave us. */
export type OutboundFault = "forbidden" | "unreachable" | "timeout" | "aborted";

/** No answer. Its sentence tells no more of the URL than where it leads. */
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

/** The way to URLs that callers give us: nothing else of ours may connect to one. */
export interface Outbound {
  /** Whether a URL may be asked at all. Nothing is resolved and nothing connected to. */
  readonly allows: (url: string) => boolean;
  /** Posts, and resolves to the status of whatever answers; redirects are answers. Rejects with OutboundError. */
  readonly post: (request: OutboundPost) => Promise<number>;
  readonly stop: () => Promise<void>;
}

type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface OutboundOptions {
  /** Prefixes of URLs that may be asked: scheme, host and port as they are, and the path down to a slash. */
  readonly allow: readonly string[];
  /** Networks besides the public internet that names of the list may lead into. */
  readonly networks?: readonly string[];
  readonly connectMs?: number;
  /** How many connections at once to one host. */
  readonly connections?: number;
  /** Asks the system unless told otherwise. */
  readonly resolve?: Resolve;
}

const MAX_URL = 2_048;
/** How much of an answer is read before its connection is given up. */
const MAX_ANSWER_BYTES = 64 * 1024;

const isLocalName = (hostname: string): boolean => /^(.+\.)?localhost\.?$/.test(hostname);

/** Null for what may never be asked, whatever is allowed. */
const parseTarget = (text: string): URL | null => {
  if (text.length > MAX_URL || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username !== "" || url.password !== "" || text.includes("#")) return null;
  // Who stands behind may take these for slashes, and leave the path that is allowed.
  return /%(2f|5c)/i.test(url.pathname) ? null : url;
};

const startsWith = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || prefix.endsWith("/") || path[prefix.length] === "/");

/**
 * Checks the address that is connected to, not the name: one that resolves to a public address now may resolve to another
 * one a moment later. An address that stands in the list itself may be any; `localhost` there is this machine.
 */
export const createOutbound = (options: OutboundOptions): Outbound => {
  const { allow, networks = [], connectMs = 3_000, connections = 64, resolve = resolveName } = options;
  const allowed = allow.map((prefix) => new URL(prefix));
  const isNamed = createNetworks(networks);
  const permits = (hostname: string, address: string): boolean =>
    isPublicAddress(address) || isNamed(address) || (isLocalName(hostname) && isLoopbackAddress(address));

  const lookup: LookupFunction = (hostname, wish, callback) => {
    resolve(hostname, { ...wish, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const [first] = addresses;
      if (first === undefined || addresses.some(({ address }) => !permits(hostname, address))) {
        const message = `${hostname} leads to an address that is not of the public internet.`;
        return callback(new OutboundError("forbidden", message), "");
      }
      if (wish.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const agent = new Agent({ connections, pipelining: 1, allowH2: false, connect: { lookup, timeout: connectMs } });

  const isAllowed = ({ origin, pathname }: URL): boolean =>
    allowed.some((prefix) => prefix.origin === origin && startsWith(pathname, prefix.pathname));

  const errorOf = (error: unknown, origin: string, late: AbortSignal, signal?: AbortSignal): OutboundError => {
    if (error instanceof OutboundError) return error;
    if (signal?.aborted === true) return new OutboundError("aborted", `The request to ${origin} was given up.`);
    if (late.aborted) return new OutboundError("timeout", `${origin} did not answer in time.`);
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
      if (url === null || !isAllowed(url)) throw new OutboundError("forbidden", "The URL is not in the list.");
      const late = AbortSignal.timeout(timeoutMs);
      const ended = signal === undefined ? late : AbortSignal.any([late, signal]);
      try {
        const { origin, pathname, search } = url;
        const path = `${pathname}${search}`;
        const answer = await agent.request({ origin, path, method: "POST", headers, body, signal: ended });
        await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal: ended });
        return answer.statusCode;
      } catch (error) {
        throw errorOf(error, url.origin, late, signal);
      }
    },
    stop: () => agent.destroy(),
  };
};
