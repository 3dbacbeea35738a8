import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { type Input, OPERATIONS } from "../../contract/operations.ts";
import { invalidResponse } from "../../gateway/answer.ts";
import { validate } from "../../gateway/request.ts";
import type { GatewayClient } from "../../gateway/client.ts";
import { GatewayError, InvalidInputError } from "../../gateway/errors.ts";
import type { LinkSigner, VerifiedLink } from "../../runtime/signed-link.ts";
import type { Logger } from "../../runtime/logger.ts";
import { beginsAs, isTypeOf } from "./export-format.ts";
import { createFormulaGuard } from "./formula-guard.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { EXPORT_PATH, PHOTO_PATH } from "../http/paths.ts";
import { sendEmpty, sendJson } from "../http/respond.ts";

/** The handlers of signed links. */
export interface LinkHandlers {
  readonly photo: Handle;
  readonly export: Handle;
}

export interface LinkOptions {
  /** Returns the gateway of an account; undefined if the account is no longer configured. */
  readonly gatewayOf: (account: string) => Gateway | undefined;
  readonly signer: LinkSigner;
  readonly logger: Logger;
  /** Milliseconds without progress after which an export is aborted. @default 60000 */
  readonly stallMs?: number;
}

type Gateway = Pick<GatewayClient, "call" | "download">;

const STATUS = new Map<string, number>([
  ["UPSTREAM_NOT_FOUND", 404],
  ["UPSTREAM_RATE_LIMITED", 503],
  ["UPSTREAM_UNAVAILABLE", 503],
]);

const CONTENT_TYPES = {
  csv: "text/csv; charset=utf-8",
  ndjson: "application/x-ndjson",
  json: "application/json",
} as const;

/** Creates the handlers, which stream from the gateway. An invalid or expired link gets 404, and one that no request can serve. */
export const createLinkHandlers = ({ gatewayOf, signer, logger, stallMs = 60_000 }: LinkOptions): LinkHandlers => {
  const withLink =
    (path: string, serve: (context: HttpContext, link: VerifiedLink, gateway: Gateway) => Promise<void>): Handle =>
    async (context) => {
      const link = signer.verify(path, context.search);
      const { account, ...claims } = link?.claims ?? {};
      const gateway = typeof account === "string" ? gatewayOf(account) : undefined;
      if (link === null || gateway === undefined) return sendEmpty(context, 404);
      try {
        await serve(context, { ...link, claims }, gateway);
      } catch (error) {
        if (error instanceof InvalidInputError) return sendEmpty(context, 404);
        if (!(error instanceof GatewayError) || context.response.headersSent) throw error;
        sendFailure(context, error);
      }
    };

  const photo = async (context: HttpContext, { claims, secondsLeft }: VerifiedLink, gateway: Gateway) => {
    const input = claims as Input<"GetAttendancePhoto">;
    const { Photo } = await gateway.call("GetAttendancePhoto", input, { signal: context.signal });
    const bytes = Buffer.from(Photo.Data, "base64");
    if (!isJpeg(bytes)) throw invalidResponse("GetAttendancePhoto");
    context.response.writeHead(200, {
      "content-type": "image/jpeg",
      "content-length": bytes.length,
      "content-disposition": 'inline; filename="punch.jpg"',
      "cache-control": `private, max-age=${secondsLeft}`,
    });
    context.response.end(context.request.method === "HEAD" ? "" : bytes);
  };

  const exportRows = async (context: HttpContext, { claims }: VerifiedLink, gateway: Gateway) => {
    const { request, response, signal } = context;
    validate("ExportAttendance", claims as Input<"ExportAttendance">);
    const input = OPERATIONS.ExportAttendance.input.parse(claims);
    const head = {
      "content-type": CONTENT_TYPES[input.Format],
      "content-disposition": `attachment; filename="attendance.${input.Format}"`,
      "cache-control": "private, no-store",
    };
    // The gateway runs one export at a time per account: a HEAD request must not start one.
    if (request.method === "HEAD") {
      response.writeHead(200, head).end();
      return;
    }
    const { body, contentType } = await gateway.download(input, { signal });
    const refuse = () => {
      body.on("error", () => {}).destroy();
      throw invalidResponse("ExportAttendance");
    };
    if (!isTypeOf(input.Format, contentType)) refuse();
    body.once("error", (error) => {
      if (!signal.aborted) logger.warn({ requestId: context.id, err: error }, "export interrupted");
    });
    if (!beginsAs(input.Format, await firstBytes(body, signal))) refuse();
    response.writeHead(200, head);
    response.setTimeout(stallMs, () => response.destroy());
    const sent = input.Format === "csv" ? pipeline(body, createFormulaGuard(), response) : pipeline(body, response);
    await sent.catch(() => response.destroy());
  };

  return { photo: withLink(PHOTO_PATH, photo), export: withLink(EXPORT_PATH, exportRows) };
};

const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/**
 * Waits for the first bytes and returns them, so that an export that fails immediately, or is something else, still gets an error
 * response. If the client disconnects meanwhile, the transfer is aborted.
 */
const firstBytes = async (body: Readable, signal: AbortSignal): Promise<Buffer> => {
  const cancel = () => body.destroy();
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    await new Promise<void>((resolve, reject) => {
      body.once("readable", resolve);
      body.once("end", resolve);
      body.once("close", () => reject(invalidResponse("ExportAttendance")));
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  const bytes = body.read() as Buffer | null;
  if (bytes === null) return Buffer.alloc(0);
  body.unshift(bytes);
  return bytes;
};

const sendFailure = (context: HttpContext, { code, facts }: GatewayError): void => {
  const { retryAfterSeconds } = facts;
  if (retryAfterSeconds !== undefined) context.response.setHeader("retry-after", Math.ceil(retryAfterSeconds));
  context.note({ errorCodes: [code] });
  sendJson(context, STATUS.get(code) ?? 502, { code });
};
