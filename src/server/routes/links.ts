import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { type Input, OPERATIONS } from "../../contract/operations.ts";
import type { GatewayClient } from "../../gateway/client.ts";
import { GatewayError } from "../../gateway/errors.ts";
import type { LinkSigner, VerifiedLink } from "../../runtime/signed-link.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createFormulaGuard } from "./formula-guard.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import { sendEmpty, sendJson } from "../http/respond.ts";

export const PHOTO_PATH = "/links/photo";
export const EXPORT_PATH = "/links/export";

export interface LinkHandlers {
  readonly photo: Handle;
  readonly export: Handle;
}

export interface LinkOptions {
  /** The gateway of an account; undefined for one that is not here any more. */
  readonly gatewayOf: (account: string) => Gateway | undefined;
  readonly signer: LinkSigner;
  readonly logger: Logger;
  /** How long a client may stop reading an export, or the gateway stop sending one, before it is given up. */
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

/** Serves what signed links stand for, straight from the gateway. A link that is wrong or late is nothing at all. */
export const createLinkHandlers = ({ gatewayOf, signer, logger, stallMs = 60_000 }: LinkOptions): LinkHandlers => {
  const whenSigned =
    (path: string, serve: (exchange: HttpContext, link: VerifiedLink, gateway: Gateway) => Promise<void>): Handle =>
    async (exchange) => {
      const link = signer.verify(path, exchange.search);
      const { account, ...claims } = link?.claims ?? {};
      const gateway = typeof account === "string" ? gatewayOf(account) : undefined;
      if (link === null || gateway === undefined) return sendEmpty(exchange, 404);
      try {
        await serve(exchange, { ...link, claims }, gateway);
      } catch (error) {
        if (!(error instanceof GatewayError) || exchange.response.headersSent) throw error;
        sendFailure(exchange, error);
      }
    };

  const photo = async (exchange: HttpContext, { claims, secondsLeft }: VerifiedLink, gateway: Gateway) => {
    const input = claims as Input<"GetAttendancePhoto">;
    const { Photo } = await gateway.call("GetAttendancePhoto", input, { signal: exchange.signal });
    const bytes = Buffer.from(Photo.Data, "base64");
    if (!isJpeg(bytes)) throw unreadable("GetAttendancePhoto");
    exchange.response.writeHead(200, {
      "content-type": "image/jpeg",
      "content-length": bytes.length,
      "content-disposition": 'inline; filename="punch.jpg"',
      "cache-control": `private, max-age=${secondsLeft}`,
    });
    exchange.response.end(exchange.request.method === "HEAD" ? "" : bytes);
  };

  const exportRows = async (exchange: HttpContext, { claims }: VerifiedLink, gateway: Gateway) => {
    const { request, response, signal } = exchange;
    const input = OPERATIONS.ExportAttendance.input.parse(claims);
    const head = {
      "content-type": CONTENT_TYPES[input.Format],
      "content-disposition": `attachment; filename="attendance.${input.Format}"`,
      "cache-control": "private, no-store",
    };
    // One export at a time per account: a look at the head may not begin one.
    if (request.method === "HEAD") {
      response.writeHead(200, head).end();
      return;
    }
    const { body, contentType } = await gateway.download(input, { signal });
    if (!isSameType(contentType, head["content-type"])) {
      body.on("error", () => {}).destroy();
      throw unreadable("ExportAttendance");
    }
    body.once("error", (error) => {
      if (!signal.aborted) logger.warn({ requestId: exchange.id, err: error }, "export broke off");
    });
    await firstByte(body, signal);
    response.writeHead(200, head);
    response.setTimeout(stallMs, () => response.destroy());
    const sent = input.Format === "csv" ? pipeline(body, createFormulaGuard(), response) : pipeline(body, response);
    await sent.catch(() => response.destroy());
  };

  return { photo: whenSigned(PHOTO_PATH, photo), export: whenSigned(EXPORT_PATH, exportRows) };
};

/** A page that says "try later" with status 200 is not an export. */
const isSameType = (given: string, wanted: string): boolean =>
  given.split(";")[0]?.trim().toLowerCase() === wanted.split(";")[0];

const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

const unreadable = (operation: "GetAttendancePhoto" | "ExportAttendance") =>
  new GatewayError("UPSTREAM_INVALID_RESPONSE", `The gateway's answer to ${operation} could not be read.`, {
    operation,
  });

/**
 * Waits until there is something to send, so that an export which fails at once can still be answered with an error. A
 * client that goes away meanwhile takes the transfer with it.
 */
const firstByte = async (body: Readable, signal: AbortSignal): Promise<void> => {
  const cancel = () => body.destroy();
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    await new Promise<void>((resolve, reject) => {
      body.once("readable", resolve);
      body.once("end", resolve);
      body.once("close", () => reject(unreadable("ExportAttendance")));
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};

const sendFailure = (exchange: HttpContext, { code, facts }: GatewayError): void => {
  const { retryAfterSeconds } = facts;
  if (retryAfterSeconds !== undefined) exchange.response.setHeader("retry-after", Math.ceil(retryAfterSeconds));
  exchange.note({ errorCodes: [code] });
  sendJson(exchange, STATUS.get(code) ?? 502, { code });
};
