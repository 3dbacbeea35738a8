import type { IncomingMessage, RequestListener } from "node:http";
import type { Logger } from "../../runtime/logger.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import { endRequest } from "./request-span.ts";
import type { ClientAddressOf } from "./client-address.ts";
import { createHttpContext, type HttpContext, type Handle } from "./context.ts";
import { isRemarkable, lineOf, type LogSample } from "./log-lines.ts";
import { maskedPath } from "./paths.ts";
import { sendJson } from "./respond.ts";
import type { GuardedResponse } from "./response.ts";

/** Returns the members of the log line of a request; never its query string, variables or body. */
const logLine = (context: HttpContext, ms: number, bytes: number) => {
  const { request, response, path } = context;
  return {
    ...lineOf(context),
    method: request.method,
    path: maskedPath(path),
    status: response.statusCode,
    ms,
    bytes,
    aborted: response.writableFinished ? undefined : true,
  };
};

/** What an access log needs beside the handler. */
export interface AccessLogOptions {
  readonly logger: Logger;
  readonly clientAddressOf: ClientAddressOf;
  /** Selects the requests that are logged, among those that succeed and are frequent. */
  readonly sample: LogSample;
  /** Null without tracing. */
  readonly tracer: Tracer | null;
  /** Called at the end of every request. */
  readonly onResponse?: ((context: HttpContext) => void) | undefined;
  /** Whether a request is logged at the level `debug`. @default none is */
  readonly isRoutine?: ((context: HttpContext) => boolean) | undefined;
}

/**
 * Assigns an id to each request, responds for a handler that fails, and logs the request at its end. If a handler fails after
 * the first byte, the connection is closed, so that no client takes a partial response for a complete one.
 */
export const withAccessLog =
  (
    handle: Handle,
    { logger, clientAddressOf, sample, tracer, onResponse, isRoutine }: AccessLogOptions,
  ): RequestListener<typeof IncomingMessage, typeof GuardedResponse> =>
  (request, response) => {
    const context = createHttpContext(request, response, clientAddressOf, tracer);
    const { socket } = request;
    const bytesBefore = socket.bytesWritten;
    response.on("close", () => {
      context.closed();
      endRequest(context);
      const ms = Date.now() - context.startedAt;
      const hasFailed = response.statusCode >= 400 || !response.writableFinished;
      if (hasFailed || isRemarkable(context.logFields(), ms) || sample()) {
        const level = isRoutine?.(context) === true ? "debug" : "info";
        logger[level](logLine(context, ms, socket.bytesWritten - bytesBefore), "request");
      }
      onResponse?.(context);
    });
    run(handle, context).catch((error: unknown) => {
      if (!context.signal.aborted) logger.error({ ...lineOf(context), err: error }, "request failed");
      if (response.headersSent) response.destroy();
      else sendJson(context, 500, { error: "The server failed to handle the request.", requestId: context.id });
    });
  };

const run = async (handle: Handle, context: HttpContext): Promise<void> => handle(context);
