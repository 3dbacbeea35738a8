import type { Handle } from "../http/context.ts";
import { type OriginPolicy, withReadableLinks } from "../http/origin.ts";
import {
  CALLBACKS_PATH,
  EXPORT_PATH,
  GRAPHQL_PATH,
  HOME_PATH,
  LIVE_PATH,
  MCP_PATH,
  PHOTO_PATH,
  READY_PATH,
  STREAM_PATH,
  TICKET_PATH,
  WALL_PATH,
} from "../http/paths.ts";
import { type Readiness, sendLive, sendReady } from "./health.ts";
import type { LinkHandlers } from "./links.ts";
import { createWallHandler, type WallOptions } from "./wall.ts";
import { sendEmpty, sendJson, sendNotFound } from "../http/respond.ts";

export interface RouterOptions {
  readonly graphql: Handle;
  readonly ticket: Handle;
  readonly stream: Handle;
  /** Handles MCP_PATH. @default no such path */
  readonly mcp?: Handle | null;
  /** Handles all paths below CALLBACKS_PATH. */
  readonly callbacks: Handle;
  readonly links: LinkHandlers;
  /** Whose pages may read what links deliver. @default no pages */
  readonly origins?: OriginPolicy;
  readonly readiness: Readiness;
  /** Whether `/` redirects to GraphiQL where there is no wall. */
  readonly development: boolean;
  /** The wall, at `/` and below WALL_PATH. @default no wall */
  readonly wall?: WallOptions | null;
}

/** Creates the handler of all paths; an unknown path gets 404. */
export const createRouter = ({
  graphql,
  ticket,
  stream,
  mcp,
  callbacks,
  links,
  origins,
  readiness,
  development,
  wall,
}: RouterOptions): Handle => {
  const link = (handle: Handle): Handle => {
    const read = readOnly(handle);
    return origins === undefined ? read : withReadableLinks(origins, read);
  };
  const home: Handle = (context) =>
    development ? sendEmpty(context, 302, { location: GRAPHQL_PATH }) : sendNotFound(context);
  const page = readOnly(wall == null ? home : createWallHandler(wall, home));
  const routes = new Map<string, Handle>([
    [GRAPHQL_PATH, graphql],
    [TICKET_PATH, ticket],
    [STREAM_PATH, stream],
    ...(mcp == null ? [] : [[MCP_PATH, mcp] as const]),
    [LIVE_PATH, readOnly(sendLive)],
    [READY_PATH, readOnly((context) => sendReady(context, readiness))],
    [PHOTO_PATH, link(links.photo)],
    [EXPORT_PATH, link(links.export)],
    [HOME_PATH, page],
  ]);
  return (context) => {
    if (context.path.startsWith(CALLBACKS_PATH)) return callbacks(context);
    if (wall != null && context.path.startsWith(WALL_PATH)) return page(context);
    return (routes.get(context.path) ?? sendNotFound)(context);
  };
};

/** Accepts GET and HEAD only. */
const readOnly =
  (handle: Handle): Handle =>
  (context) => {
    const { method } = context.request;
    if (method === "GET" || method === "HEAD") return handle(context);
    sendJson(context, 405, { error: "The method must be GET." }, { allow: "GET, HEAD" });
  };
