import type { IncomingMessage } from "node:http";
import type { Executor } from "../execution/executor.ts";
import { handleOperation } from "../execution/operation.ts";
import { acceptsType, contentTypeOf, namesType, negotiate, RESPONSE_TYPES } from "../http/content-negotiation.ts";
import { bodyOf, MAX_BODY_BYTES } from "../http/body.ts";
import type { Handle, HttpContext } from "../http/context.ts";
import { BadRequestError, checkContentType, type GraphQLParams, parseBody, parseSearch } from "../http/request.ts";
import { sendGraphQLError, sendJson, sendJsonText } from "../http/respond.ts";
import type { AdmittedContext, AuthenticatedContext } from "../identity/caller.ts";
import type { Authenticate } from "../identity/authenticate.ts";
import { type AdmittedOperation, takeResponse } from "../admission/admission.ts";
import { createEntrance, type Entrance } from "../admission/entrance.ts";
import { LIMITS } from "../admission/limits.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import type { OperationResponse } from "../execution/result.ts";
import type { SseTransport } from "./sse.ts";

/** What the handler of the GraphQL path needs. Without `sse` or `callback` that transport is off. */
export interface GraphQLHandlerOptions {
  readonly executor: Executor;
  readonly authenticate: Authenticate;
  /** Responds to a browser that requests a page; null responds with 404. */
  readonly page: Handle | null;
  readonly sse?: Pick<SseTransport, "handle" | "subscribe">;
  /** Responds to a request of the HTTP callback protocol; resolves to false for any other request. */
  readonly callback?: (context: AuthenticatedContext, params: GraphQLParams) => Promise<boolean> | boolean;
  /** @default MAX_BODY_BYTES */
  readonly maxBodyBytes?: number;
  /** @default an entrance of its own, with the connections of LIMITS */
  readonly entrance?: Entrance;
}

/**
 * GraphQL over HTTP. Requests are read and responses are written here, because Yoga's own parsers accept content types that any page
 * can send, repeat bodies in errors, and respond to a malformed `Host` header with a stack trace.
 */
export const createGraphQLHandler = ({
  executor,
  authenticate,
  page,
  sse,
  callback,
  maxBodyBytes = MAX_BODY_BYTES,
  entrance = createEntrance(executor.admission.quotas, LIMITS.connections),
}: GraphQLHandlerOptions): Handle => {
  const respond = async (context: AdmittedContext, params: GraphQLParams): Promise<void> => {
    const { method, headers } = context.request;
    const handled = callback?.(context, params) ?? false;
    if (handled !== false && (await handled)) return;
    const { type, lenientStatus } = negotiate(headers.accept);
    const isStreamable = () => acceptsType(headers.accept, EVENT_STREAM);
    if (sse !== undefined && (namesType(headers.accept, EVENT_STREAM) || (type === null && isStreamable())))
      return sse.handle(context, params);
    if (type === null) return sendGraphQLError(context, "BAD_REQUEST", NOT_ACCEPTABLE, { status: 406 });
    const send = ({ status, json, headers: fields }: OperationResponse): void => {
      if (context.response.closed) return;
      sendJsonText(context, status, json(), { ...fields, "content-type": contentTypeOf(type, status) });
    };
    const options = { method: method === "GET" ? method : "POST", lenientStatus } as const;
    context.note({ transport: "http" });
    const execute = async (operation: AdmittedOperation) => {
      const response = await executor.execute(operation, options);
      takeResponse(context.memory, operation, response.json());
      send(response);
    };
    // A client that accepts anything gets what there is. The schema rejects a subscription that is executed, and names its transports.
    const subscribe = (operation: AdmittedOperation) =>
      sse !== undefined && isStreamable() ? sse.subscribe(context, operation) : execute(operation);
    await handleOperation(executor, params, context, { execute, subscribe, reject: send, lenientStatus });
  };

  /** Receives a request; the function that it resolves with parses it. */
  const receive = async (context: AdmittedContext): Promise<() => GraphQLParams> => {
    if (context.request.method === "GET") return () => parseSearch(context.search, context.request.url);
    checkContentType(context.request);
    const body = await bodyOf(context, maxBodyBytes);
    return () => parseBody(body);
  };

  const refuse = (context: AuthenticatedContext, { errors }: OperationRejected): void => {
    const { type, lenientStatus } = negotiate(context.request.headers.accept);
    const { status, json, headers } = executor.format({ errors }, context, {}, { lenientStatus });
    sendJsonText(context, status, json(), { ...headers, "content-type": contentTypeOf(type, status) });
  };

  return async (context) => {
    const { request } = context;
    if (request.method !== "GET" && request.method !== "POST") {
      const refusal = { status: 405, headers: { allow: "GET, POST" } };
      return sendGraphQLError(context, "BAD_REQUEST", "The method must be GET or POST.", refusal);
    }
    if (isLostHandshake(request)) return sendGraphQLError(context, "BAD_REQUEST", LOST_HANDSHAKE);
    if (wantsPage(context)) {
      if (page !== null) return page(context);
      return sendJson(context, 404, { error: "This server has no page at this path." });
    }
    const arrived = entrance.arrive(context);
    if (arrived !== true && !(await arrived)) return;
    const authenticated = await authenticate(context);
    if (authenticated === null) return;
    try {
      await entrance.serve(authenticated, receive, (each, parse) => respond(each, parse()));
    } catch (error) {
      if (error instanceof OperationRejected) return refuse(authenticated, error);
      if (!(error instanceof BadRequestError)) throw error;
      const { status, message } = error;
      const headers = { "content-type": contentTypeOf(negotiate(request.headers.accept).type, status) };
      sendGraphQLError(context, "BAD_REQUEST", message, { status, headers });
    }
  };
};

const EVENT_STREAM = "text/event-stream";

const NOT_ACCEPTABLE =
  `The Accept header must allow ${RESPONSE_TYPES.join(" or ")}, or text/event-stream for a subscription; ` +
  "received none of them.";

/** Whether a proxy has removed the headers that turn a request into a WebSocket. */
const isLostHandshake = ({ headers }: IncomingMessage): boolean =>
  headers["sec-websocket-key"] !== undefined || headers["sec-websocket-version"] !== undefined;

const LOST_HANDSHAKE =
  "A WebSocket handshake must have the headers `Upgrade: websocket` and `Connection: Upgrade`; received none. " +
  "If the client sends them, a proxy on the way must forward them over HTTP/1.1.";

/** Whether a browser requests a page rather than a result. */
const wantsPage = (context: HttpContext): boolean => {
  const { method, headers } = context.request;
  return method === "GET" && !context.search.has("query") && namesType(headers.accept, "text/html");
};
