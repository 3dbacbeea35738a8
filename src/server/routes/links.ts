import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { type Input, OPERATIONS } from "../../contract/operations.ts";
import { invalidResponse } from "../../gateway/answer.ts";
import type { GatewayClient } from "../../gateway/client.ts";
import { GatewayError } from "../../gateway/errors.ts";
import type { LinkSigner, VerifiedLink } from "../../runtime/signed-link.ts";
import type { Logger } from "../../runtime/logger.ts";
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

/** Creates the handlers, which stream from the gateway. An invalid or expired link gets 404. */
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
    if (!isSameType(contentType, head["content-type"])) {
      body.on("error", () => {}).destroy();
      throw invalidResponse("ExportAttendance");
    }
    body.once("error", (error) => {
      if (!signal.aborted) logger.warn({ requestId: context.id, err: error }, "export interrupted");
    });
    await firstByte(body, signal);
    response.writeHead(200, head);
    response.setTimeout(stallMs, () => response.destroy());
    const sent = input.Format === "csv" ? pipeline(body, createFormulaGuard(), response) : pipeline(body, response);
    await sent.catch(() => response.destroy());
  };

  return { photo: withLink(PHOTO_PATH, photo), export: withLink(EXPORT_PATH, exportRows) };
};

/** A "try later" page with status 200 is not an export. */
const isSameType = (received: string, expected: string): boolean =>
  received.split(";")[0]?.trim().toLowerCase() === expected.split(";")[0];

const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/**
 * Waits for the first bytes, so that an export that fails immediately still gets an error response. If the client disconnects
 * meanwhile, the transfer is aborted.
 */
const firstByte = async (body: Readable, signal: AbortSignal): Promise<void> => {
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
};

const sendFailure = (context: HttpContext, { code, facts }: GatewayError): void => {
  const { retryAfterSeconds } = facts;
  if (retryAfterSeconds !== undefined) context.response.setHeader("retry-after", Math.ceil(retryAfterSeconds));
  context.note({ errorCodes: [code] });
  sendJson(context, STATUS.get(code) ?? 502, { code });
};
