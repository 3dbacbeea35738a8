import type { IncomingMessage } from "node:http";
import type { Config } from "../../../config/config.ts";
import type { Lifecycle } from "../../../runtime/lifecycle.ts";
import type { CallerMemoryShare } from "../../http/body.ts";
import type { HttpContext, Handle } from "../../http/context.ts";
import { BadRequestError, type GraphQLParams, parseBody, parseSearch } from "../../http/request.ts";
import { sendGraphQLError } from "../../http/respond.ts";
import type { Upgrade } from "../../http/upgrade.ts";
import { type CheckHive, createHiveCheck } from "./hive.ts";
import { createMemoryNonceStore, SignatureStoreUnavailable } from "./nonce-store.ts";
import { startRedisNonceStore } from "./redis-nonce-store.ts";
import { type CheckSignature, createSignatureCheck, isRouterSignature, SIGNATURE_HEADER } from "./signature.ts";

/** The signature guard of WebSockets. */
export interface SocketSignatureGuard {
  /**
   * Returns whether a router opened the socket, by its upgrade request or its first message.
   *
   * @throws SignatureStoreUnavailable if that cannot be determined.
   */
  readonly opens: (request: IncomingMessage, payload: unknown) => Promise<boolean>;
  /** Returns whether a router sent an operation on the socket. */
  readonly runs: (request: IncomingMessage, params: GraphQLParams) => boolean;
}

/** Accepts only requests that a router signed, on every transport. */
export interface RouterSignatureGuard {
  /**
   * What cannot be signed is refused in its turn, which `arrive` waits for, before its body is read. The signature of a POST request is
   * checked when its handler reads the body, within the limits of its caller: `handle` must read it before it does anything.
   */
  readonly handle: (handle: Handle, arrive: (context: HttpContext) => Promise<boolean> | true) => Handle;
  readonly upgrade: (upgrade: Upgrade) => Upgrade;
  readonly sockets: SocketSignatureGuard;
}

interface RouterSignatureGuardOptions {
  readonly check: CheckSignature;
  /** Null if the signature of Hive Gateway is not accepted. */
  readonly hive: CheckHive | null;
}

/** The error message for a request that no router signed. */
export const UNSIGNED = "The request must be signed by the router.";

/** Thrown where the body of a request is read that no router signed. */
class UnsignedError extends Error {}

const EMPTY = Buffer.alloc(0);

/** Opens the guard of the configuration; null if requests need no signature. */
export const openRouterSignatureGuard = async (
  { subgraph, redis }: Pick<Config, "subgraph" | "redis">,
  lifecycle: Lifecycle,
): Promise<RouterSignatureGuard | null> => {
  const { routerKeys: keys, hiveHmac } = subgraph;
  if (keys.length === 0) return null;
  const shared = redis === null ? null : await startRedisNonceStore(redis);
  if (shared !== null) lifecycle.add("router signatures", shared.stop);
  const check = createSignatureCheck({ keys, nonces: shared ?? createMemoryNonceStore(Date.now), now: Date.now });
  return createRouterSignatureGuard({ check, hive: hiveHmac ? createHiveCheck(keys) : null });
};

/** Creates the guard. */
const createRouterSignatureGuard = ({ check, hive }: RouterSignatureGuardOptions): RouterSignatureGuard => {
  const signed = new WeakSet<IncomingMessage>();

  const isSigned = async (context: HttpContext, body: Buffer): Promise<boolean> => {
    const { method = "", url: path = "", headers } = context.request;
    const signature = headers[SIGNATURE_HEADER];
    if (signature !== undefined || hive === null) return check({ signature, method, path, body });
    const params = paramsOf(context, body);
    return params !== null && hive(params);
  };

  const maySign = ({ headers }: IncomingMessage): boolean => {
    const signature = headers[SIGNATURE_HEADER];
    return signature === undefined ? hive !== null : isRouterSignature(signature);
  };

  /** Makes the handler of a request read nothing that no router signed. */
  const withSignedBody = (context: HttpContext): HttpContext => {
    const read = context.body.bind(context);
    const readSigned = async (limit: number, memory: CallerMemoryShare): Promise<Buffer | null> => {
      const body = await read(limit, memory);
      if (body !== null && !(await isSigned(context, body))) throw new UnsignedError();
      return body;
    };
    let reading: Promise<Buffer | null> | undefined;
    return Object.assign(context, {
      body: (limit: number, memory: CallerMemoryShare) => (reading ??= readSigned(limit, memory)),
    });
  };

  const isSocketSigned = async (request: IncomingMessage, signature: unknown): Promise<boolean> => {
    const isValid = await check({ signature, method: "GET", path: request.url ?? "", body: EMPTY });
    if (isValid) signed.add(request);
    return isValid;
  };

  const upgradeIfSigned = async (
    upgrade: Upgrade,
    ...[request, socket, head, refuse]: Parameters<Upgrade>
  ): Promise<void> => {
    const destroy = () => void socket.destroy();
    socket.on("error", destroy);
    const isValid = await isSocketSigned(request, request.headers[SIGNATURE_HEADER]).catch(() => null);
    if (isValid === null) return refuse(503, "Service Unavailable");
    if (!isValid) return refuse(401, "Unauthorized");
    socket.off("error", destroy);
    upgrade(request, socket, head, refuse);
  };

  return {
    handle: (handle, arrive) => async (context) => {
      const { request } = context;
      try {
        if (!maySign(request)) {
          if (await arrive(context)) sendGraphQLError(context, "UNAUTHENTICATED", UNSIGNED);
          return;
        }
        if (request.method === "POST") return await handle(withSignedBody(context));
        // The other methods have no body that is used.
        if (await isSigned(context, EMPTY)) return await handle(context);
        throw new UnsignedError();
      } catch (error) {
        if (error instanceof UnsignedError) return sendGraphQLError(context, "UNAUTHENTICATED", UNSIGNED);
        if (!(error instanceof SignatureStoreUnavailable)) throw error;
        const message = "The signature cannot be checked for reuse now; try again.";
        sendGraphQLError(context, "SIGNATURE_UNCHECKED", message, { headers: { "retry-after": "1" } });
      }
    },
    // The first message may contain the signature that the upgrade request does not.
    upgrade:
      (upgrade) =>
      (...parts) => {
        const [{ headers }] = parts;
        if (headers[SIGNATURE_HEADER] === undefined) upgrade(...parts);
        else void upgradeIfSigned(upgrade, ...parts);
      },
    sockets: {
      async opens(request, payload) {
        const signature =
          typeof payload === "object" && payload !== null ? Reflect.get(payload, SIGNATURE_HEADER) : undefined;
        if (signed.has(request)) return true;
        if (signature === undefined && hive !== null) return true;
        return isSocketSigned(request, signature);
      },
      runs: (request, params) => signed.has(request) || hive?.(params) === true,
    },
  };
};

/** Returns null if the request is not a GraphQL request. */
const paramsOf = ({ request, search }: HttpContext, body: Buffer): GraphQLParams | null => {
  try {
    return request.method === "GET" ? parseSearch(search, request.url) : parseBody(body);
  } catch (error) {
    if (error instanceof BadRequestError) return null;
    throw error;
  }
};
