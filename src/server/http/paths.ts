/**
 * The paths of this server, and what logs, metrics and traces show of them. Those that only the port for operators has are in
 * `routes/admin.ts`.
 */

/** GraphQL over HTTP, server-sent events and WebSocket. */
export const GRAPHQL_PATH = "/graphql";
/** Issues tickets for streams. */
export const TICKET_PATH = "/graphql/ticket";
/** Streams that are opened with a ticket. */
export const STREAM_PATH = "/graphql/stream";
/** The Model Context Protocol. */
export const MCP_PATH = "/mcp";
/** Callbacks: the rest of the path is the secret of the receiver. */
export const CALLBACKS_PATH = "/callbacks/";
/** Signed links. */
export const PHOTO_PATH = "/links/photo";
export const EXPORT_PATH = "/links/export";
/** Probes. */
export const LIVE_PATH = "/health/live";
export const READY_PATH = "/health/ready";
/** The page of the wall, or a redirect to GraphiQL. */
export const HOME_PATH = "/";
/** All paths below it are files whose names contain the hash of their content. */
export const WALL_PATH = "/wall/";

const MAX_LOGGED = 128;
const SECRET = new RegExp(`(${CALLBACKS_PATH}).+`, "is");

/**
 * The path of a request for the log: that of callbacks ends with their secret. A long path ends before the segment that is too much: the
 * log would not recognize the beginning of a secret.
 */
export const maskedPath = (path: string): string => {
  const masked = path.replace(SECRET, "$1***");
  return masked.length <= MAX_LOGGED ? masked : `${masked.slice(0, masked.lastIndexOf("/", MAX_LOGGED) + 1)}...`;
};

/** Probes, pages and files of the wall would be the most of all traces. */
const TRACED: ReadonlySet<string> = new Set([GRAPHQL_PATH, TICKET_PATH, STREAM_PATH, PHOTO_PATH, EXPORT_PATH]);

/** The path of a request for its trace, without the secret of callbacks; undefined if it is not traced. */
export const tracedRoute = (path: string): string | undefined => {
  if (path.startsWith(CALLBACKS_PATH)) return firstSegment(path);
  return TRACED.has(path) ? path : undefined;
};

const firstSegment = (path: string): string => `/${path.split("/", 2)[1] ?? ""}`;

const LABELS: ReadonlySet<string> = new Set(
  [GRAPHQL_PATH, MCP_PATH, CALLBACKS_PATH, PHOTO_PATH, LIVE_PATH].map(firstSegment),
);

/** The path of a request for metrics, `/links` or `other`: its first segment, as the rest may be a secret, or any text. */
export const routeLabel = (path: string): string => {
  const segment = firstSegment(path);
  return LABELS.has(segment) ? segment : "other";
};
