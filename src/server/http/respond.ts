import type { OutgoingHttpHeaders } from "node:http";
import type { HttpContext } from "./context.ts";

/** Answers with text; a HEAD request gets the head only. */
export const sendText = (
  { request, response }: HttpContext,
  status: number,
  contentType: string,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void => {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text), ...headers });
  response.end(request.method === "HEAD" ? "" : text);
};

/** Answers with JSON that no cache keeps. */
export const sendJson = (
  exchange: HttpContext,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void =>
  sendText(exchange, status, "application/json; charset=utf-8", JSON.stringify(body), {
    "cache-control": "no-store",
    ...headers,
  });

/** Answers without a body. */
export const sendEmpty = ({ response }: HttpContext, status: number, headers: OutgoingHttpHeaders = {}): void => {
  response.writeHead(status, { "content-length": 0, ...headers });
  response.end();
};

/** The answer to every path that leads nowhere. */
export const sendNotFound = (exchange: HttpContext): void =>
  sendJson(exchange, 404, { error: "There is nothing here." });

/** Answers an error in the form of a GraphQL result. */
export const sendGraphQLError = (
  exchange: HttpContext,
  status: number,
  code: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void => {
  exchange.note({ errorCodes: [code] });
  sendJson(exchange, status, { errors: [{ message, extensions: { code } }] }, headers);
};
