import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { STATUS } from "../../contract/status.ts";
import { type Answer, Refusal } from "../handler.ts";

/** An answer or a refusal as an HTTP response. */
export interface HttpReply {
  readonly http: number;
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Readable;
}

type Headers = Readonly<Record<string, string>>;

export const JSON_TYPE = "application/json; charset=utf-8";

/** Converts an answer to a reply. */
export const replyWith = (answer: Answer, operationId: string, headers: Headers): HttpReply => {
  if (answer.kind === "stream") {
    const all = { ...headers, ...answer.headers, "Content-Type": answer.contentType };
    return { http: 200, code: STATUS.done.code, headers: all, body: answer.body };
  }
  const { code, status } = STATUS[answer.status];
  const body = JSON.stringify({ Status: status, StatusCode: code, OperationID: operationId, ...answer.body });
  return { http: answer.http, code, headers: { ...headers, "Content-Type": JSON_TYPE }, body };
};

/** Converts a refusal to a reply. */
export const refuseWith = (refusal: Refusal, operationId: string, headers: Headers): HttpReply => {
  const { code, status } = STATUS[refusal.status];
  const retryAfter = refusal.retryAfterSeconds;
  const body = JSON.stringify({
    Status: status,
    StatusCode: code,
    OperationID: operationId,
    Message: refusal.message,
    Field: refusal.field,
    RetryAfterSeconds: retryAfter,
  });
  const retryHeaders = retryAfter === null ? {} : { "Retry-After": String(retryAfter) };
  return { http: refusal.http, code, headers: { ...headers, ...retryHeaders, "Content-Type": JSON_TYPE }, body };
};

/** Hides an internal error from the caller; only the ledger records it. */
export const asRefusal = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal("unknownError", "The gateway failed.");

/** Sets status and headers of a response. */
export const writeHead = (response: ServerResponse, { http, headers, body }: HttpReply): void => {
  response.statusCode = http;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (typeof body === "string") response.setHeader("Content-Length", Buffer.byteLength(body));
};

/** Sends a reply; a stream with the caller's backpressure. */
export const send = async (response: ServerResponse, reply: HttpReply): Promise<void> => {
  writeHead(response, reply);
  if (typeof reply.body === "string") response.end(reply.body);
  else await pipeline(reply.body, response);
};
