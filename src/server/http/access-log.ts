import type { RequestListener } from "node:http";
import type { Logger } from "../../runtime/logger.ts";
import { createHttpContext, type HttpContext, type Handle } from "./context.ts";
import { sendJson } from "./respond.ts";

const MAX_PATH = 128;

/** What lies below the path of callbacks is their secret. */
const masked = (path: string): string => path.replace(/(\/callbacks\/).+/is, "$1***").slice(0, MAX_PATH);

/** One line for each request: what was asked for and how it went, never its query string, variables or body. */
const logLine = ({ request, response, id, path, startedAt, notes }: HttpContext, bytes: number) => {
  const { operationName, operationType, errorCodes } = notes();
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

/**
 * Gives each request an id, answers for a handler that fails, and logs the request when it is over. A handler that fails
 * behind the first byte cuts the connection, so that half an answer is never taken for a whole one.
 */
export const withAccessLog =
  (handle: Handle, logger: Logger, onAnswered: (exchange: HttpContext) => void = () => {}): RequestListener =>
  (request, response) => {
    const exchange = createHttpContext(request, response);
    const { socket } = request;
    const bytesBefore = socket.bytesWritten;
    response.setHeader("x-request-id", exchange.id);
    response.once("close", () => {
      logger.info(logLine(exchange, socket.bytesWritten - bytesBefore), "request");
      onAnswered(exchange);
    });
    run(handle, exchange).catch((error: unknown) => {
      if (!exchange.signal.aborted) logger.error({ err: error, requestId: exchange.id }, "request failed");
      if (response.headersSent) response.destroy();
      else sendJson(exchange, 500, { error: "Something went wrong here.", requestId: exchange.id });
    });
  };

const run = async (handle: Handle, exchange: HttpContext): Promise<void> => handle(exchange);
