import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { bodyOf, MAX_BODY_BYTES } from "../../http/body.ts";
import type { HttpContext, Handle } from "../../http/context.ts";
import { BadRequestError, type GraphQLParams, parseBody, parseSearch } from "../../http/request.ts";
import { sendGraphQLError } from "../../http/respond.ts";
import { refuseUpgrade } from "../../http/refuse-upgrade.ts";
import type { CheckHive } from "./hive.ts";
import { SignatureStoreUnavailable } from "./nonce-store.ts";
import { type CheckSignature, SIGNATURE_HEADER } from "./signature.ts";

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What a socket has to show. */
export interface SocketSignatureGuard {
  /** Whether a router opened it, by the headers of its request or by its first message. Rejects with Unchecked. */
  readonly opens: (request: IncomingMessage, payload: unknown) => Promise<boolean>;
  /** Whether an operation on it is a router's. */
  readonly runs: (request: IncomingMessage, params: GraphQLParams) => boolean;
}

/** Lets through what routers have signed, on every transport. */
export interface RouterSignatureGuard {
  readonly handle: (handle: Handle) => Handle;
  readonly upgrade: (upgrade: Upgrade) => Upgrade;
  readonly sockets: SocketSignatureGuard;
}

export interface RouterSignatureGuardOptions {
  readonly check: CheckSignature;
  /** Null: signatures of Hive Gateway are none. */
  readonly hive: CheckHive | null;
}

/** What is answered to whatever no router has signed. */
export const UNSIGNED = "Only requests of the router are answered here.";

const EMPTY = Buffer.alloc(0);

export const createRouterSignatureGuard = ({ check, hive }: RouterSignatureGuardOptions): RouterSignatureGuard => {
  const signed = new WeakSet<IncomingMessage>();

  const isSigned = async (exchange: HttpContext, body: Buffer): Promise<boolean> => {
    const { method = "", url: path = "", headers } = exchange.request;
    const signature = headers[SIGNATURE_HEADER];
    if (signature !== undefined || hive === null) return check({ signature, method, path, body });
    const params = paramsOf(exchange, body);
    return params !== null && hive(params);
  };

  const isSocketSigned = async (request: IncomingMessage, signature: unknown): Promise<boolean> => {
    const isGood = await check({ signature, method: "GET", path: request.url ?? "", body: EMPTY });
    if (isGood) signed.add(request);
    return isGood;
  };

  const judge = async (upgrade: Upgrade, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const giveUp = () => void socket.destroy();
    socket.on("error", giveUp);
    const isGood = await isSocketSigned(request, request.headers[SIGNATURE_HEADER]).catch(() => null);
    if (isGood === null) return refuseUpgrade(socket, 503, "Service Unavailable");
    if (!isGood) return refuseUpgrade(socket, 401, "Unauthorized");
    socket.off("error", giveUp);
    upgrade(request, socket, head);
  };

  return {
    handle: (handle) => async (exchange) => {
      try {
        const body = await bodyOf(exchange, MAX_BODY_BYTES);
        if (await isSigned(exchange, body)) return await handle(exchange);
        sendGraphQLError(exchange, 401, "UNAUTHENTICATED", UNSIGNED);
      } catch (error) {
        if (error instanceof BadRequestError)
          return sendGraphQLError(exchange, error.status, "BAD_REQUEST", error.message);
        if (!(error instanceof SignatureStoreUnavailable)) throw error;
        const why = "Whether the router sent this cannot be told now; try again.";
        sendGraphQLError(exchange, 503, "SIGNATURE_UNCHECKED", why, { "retry-after": "1" });
      }
    },
    // Its first message may show what its request did not.
    upgrade: (upgrade) => (request, socket, head) => {
      if (request.headers[SIGNATURE_HEADER] === undefined) upgrade(request, socket, head);
      else void judge(upgrade, request, socket, head);
    },
    sockets: {
      async opens(request, payload) {
        const shown =
          typeof payload === "object" && payload !== null ? Reflect.get(payload, SIGNATURE_HEADER) : undefined;
        if (signed.has(request)) return true;
        if (shown === undefined && hive !== null) return true;
        return isSocketSigned(request, shown);
      },
      runs: (request, params) => signed.has(request) || hive?.(params) === true,
    },
  };
};

/** Null for what is no request of GraphQL. */
const paramsOf = ({ request, search }: HttpContext, body: Buffer): GraphQLParams | null => {
  try {
    return request.method === "GET" ? parseSearch(search) : parseBody(body);
  } catch (error) {
    if (error instanceof BadRequestError) return null;
    throw error;
  }
};
