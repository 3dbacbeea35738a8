import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Handle, HttpContext } from "../http/context.ts";
import { HOME_PATH, WALL_PATH } from "../http/paths.ts";
import { sendNotFound } from "../http/respond.ts";

export interface WallOptions {
  /** The directory that `npm run build:wall` writes. */
  readonly directory: string;
  /** Returns the origin of the links to photos, which may be another one than that of the page. */
  readonly linkOrigin: () => string;
}

interface WallFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** Scripts and styles come from files only. */
const contentSecurityPolicy = (linkOrigin: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: ${linkOrigin}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const compress = promisify(gzip);

/** What the page loads. */
const LOADED = /"(\/wall\/[^"]+\.(?:js|css))"/g;

/** Reads and compresses all files; null if the wall was not built, or not all of it yet. */
const readWall = async (directory: string): Promise<ReadonlyMap<string, WallFile> | null> => {
  const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((entry) => entry.isFile() && extname(entry.name) in TYPES);
  const read = files.map(async ({ name, parentPath }): Promise<[string, WallFile]> => {
    const plain = await readFile(join(parentPath, name));
    const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
    const path = name === "index.html" ? HOME_PATH : `${WALL_PATH}${name}`;
    return [path, { type: TYPES[extname(name)] ?? "", plain, zipped: await compress(plain, { level: 9 }), etag }];
  });
  const wall = new Map(await Promise.all(read));
  const page = wall.get(HOME_PATH)?.plain.toString();
  const isWhole = page !== undefined && [...page.matchAll(LOADED)].every(([, path = ""]) => wall.has(path));
  return isWhole ? wall : null;
};

/**
 * Creates the handler of the wall's page and files, which are read once, when they are there. `fallback` serves the page where the wall is
 * not built.
 */
export const createWallHandler = ({ directory, linkOrigin }: WallOptions, fallback: Handle): Handle => {
  let wall: ReturnType<typeof readWall> | null = null;
  return async (context) => {
    // A build may be under way.
    wall ??= readWall(directory).catch(() => null);
    const files = await wall;
    if (files === null) wall = null;
    const file = files?.get(context.path);
    if (file !== undefined) return sendFile(context, file, linkOrigin());
    return files === null && context.path === HOME_PATH ? fallback(context) : sendNotFound(context);
  };
};

const sendFile = ({ path, request, response }: HttpContext, file: WallFile, linkOrigin: string): void => {
  const isPage = path === HOME_PATH;
  const isZipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/.test(request.headers["accept-encoding"] ?? "");
  response.setHeader("cache-control", isPage ? "no-cache" : "public, max-age=31536000, immutable");
  response.setHeader("etag", isZipped ? file.etag.replace(/"$/, '-gzip"') : file.etag);
  response.setHeader("vary", "accept-encoding");
  if (isPage) response.setHeader("content-security-policy", contentSecurityPolicy(linkOrigin));
  if (request.headers["if-none-match"] === response.getHeader("etag")) {
    response.writeHead(304).end();
    return;
  }
  const body = isZipped ? file.zipped : file.plain;
  response.writeHead(200, {
    "content-type": file.type,
    "content-length": body.length,
    ...(isZipped ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
};
