import type { OutgoingHttpHeaders } from "node:http";
import { type ErrorCode, usualStatusOf } from "../../error-codes.ts";
import { contentTypeOf, negotiate } from "./content-negotiation.ts";
import type { HttpContext } from "./context.ts";
import { BadRequestError } from "./request.ts";

/** In characters. Node copies a longer text several times while it waits for its client; bytes are not copied. */
const MAX_TEXT_LENGTH = 64 * 1024;

/** Sends text; a HEAD request gets the headers only. */
export const sendText = (
  { request, response }: HttpContext,
  status: number,
  contentType: string,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void => {
  const body = text.length > MAX_TEXT_LENGTH ? Buffer.from(text) : text;
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body), ...headers });
  response.end(request.method === "HEAD" ? "" : body);
};

/** Sends JSON that must not be cached. */
export const sendJson = (
  context: HttpContext,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void => sendJsonText(context, status, JSON.stringify(body), headers);

/** Sends JSON that is serialized already and must not be cached. */
export const sendJsonText = (
  context: HttpContext,
  status: number,
  json: string,
  headers: OutgoingHttpHeaders = {},
): void =>
  sendText(context, status, "application/json; charset=utf-8", json, { "cache-control": "no-store", ...headers });

/** Sends a response without a body. */
export const sendEmpty = ({ response }: HttpContext, status: number, headers: OutgoingHttpHeaders = {}): void => {
  response.writeHead(status, { "content-length": 0, ...headers });
  response.end();
};

/** Responds to a path that does not exist. */
export const sendNotFound = (context: HttpContext): void => sendJson(context, 404, { error: "Not found." });

interface ErrorResponseOptions {
  /** @default the usual status of the code */
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/**
 * Sends an error in the form of a GraphQL result, as the media type that the client prefers. The sender may be no GraphQL client at all:
 * without a preference it gets JSON.
 */
export const sendGraphQLError = (
  context: HttpContext,
  code: ErrorCode,
  message: string,
  { status = usualStatusOf(code), headers = {} }: ErrorResponseOptions = {},
): void => {
  context.note({ errorCodes: [code] });
  const { type } = negotiate(context.request.headers.accept);
  const contentType = contentTypeOf(type === "either" ? null : type, status);
  sendJson(
    context,
    status,
    { errors: [{ message, extensions: { code } }] },
    { "content-type": contentType, ...headers },
  );
};

/** Sends a BadRequestError, for a client that may be no GraphQL client; throws any other error. */
export const sendBadRequest = (context: HttpContext, error: unknown): void => {
  if (!(error instanceof BadRequestError)) throw error;
  sendGraphQLError(context, "BAD_REQUEST", error.message, { status: error.status });
};
