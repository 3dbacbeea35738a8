import type { RequestListener } from "node:http";
import type { Logger } from "../../runtime/logger.ts";
import { createHttpContext, type HttpContext, type Handle } from "./context.ts";
import { sendJson } from "./respond.ts";

const MAX_PATH = 128;

/** The path of callbacks ends with their secret. */
const masked = (path: string): string => path.replace(/(\/callbacks\/).+/is, "$1***").slice(0, MAX_PATH);

/** Returns the members of the log line of a request; never its query string, variables or body. */
const logLine = ({ request, response, id, path, startedAt, logFields }: HttpContext, bytes: number) => {
  const { operationName, operationType, errorCodes } = logFields();
  return {
    requestId: id,
    method: request.method,
    path: masked(path),
    status: response.statusCode,
    ms: Date.now() - startedAt,
    bytes,
    ...(response.writableFinished ? {} : { aborted: true }),
    ...(operationName === undefined ? {} : { operationName }),
    ...(operationType === undefined ? {} : { operationType }),
    ...(errorCodes === undefined || errorCodes.length === 0 ? {} : { errorCodes }),
  };
};

/** What else happens at the end of each request. */
interface AccessLogOptions {
  readonly onResponse?: ((context: HttpContext) => void) | undefined;
  /** Whether a request is logged at the level `debug`. */
  readonly isRoutine?: ((context: HttpContext) => boolean) | undefined;
}

/**
 * Assigns an id to each request, responds for a handler that fails, and logs the request at its end. If a handler fails after
 * the first byte, the connection is closed, so that no client takes a partial response for a complete one.
 */
export const withAccessLog =
  (handle: Handle, logger: Logger, { onResponse, isRoutine }: AccessLogOptions = {}): RequestListener =>
  (request, response) => {
    const context = createHttpContext(request, response);
    const { socket } = request;
    const bytesBefore = socket.bytesWritten;
    response.setHeader("x-request-id", context.id);
    response.once("close", () => {
      const level = isRoutine?.(context) === true ? "debug" : "info";
      logger[level](logLine(context, socket.bytesWritten - bytesBefore), "request");
      onResponse?.(context);
    });
    run(handle, context).catch((error: unknown) => {
      if (!context.signal.aborted) logger.error({ err: error, requestId: context.id }, "request failed");
      if (response.headersSent) response.destroy();
      else sendJson(context, 500, { error: "The server failed to handle the request.", requestId: context.id });
    });
  };

const run = async (handle: Handle, context: HttpContext): Promise<void> => handle(context);
