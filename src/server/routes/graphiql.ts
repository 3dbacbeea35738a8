import { randomBytes } from "node:crypto";
import type { HttpContext } from "../http/context.ts";
import { GRAPHQL_PATH } from "../http/paths.ts";
import { readyMadeQueries } from "./ready-made-queries.ts";
import { sendText } from "../http/respond.ts";

/** The page contains all of its code, so that it works without a network; it may run and request nothing else. */
const contentSecurityPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src data:",
    "connect-src 'self'",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Without this rule the first press on a tab moves it away from the pointer, and the click misses it. */
const STYLE = "<style>.graphiql-tabs > li { transform: none !important; }</style>";

const NOT_INSTALLED =
  "GraphiQL is not installed here: an image leaves the optional packages out. GraphQL itself is served at this address.\n";

/** Sends the GraphiQL page with the ready-made queries. Its code, an optional package, is loaded at the first request. */
export const sendGraphiQL = async (context: HttpContext): Promise<void> => {
  const module = await import("@graphql-yoga/render-graphiql").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  });
  if (module === null) return sendText(context, 404, "text/plain; charset=utf-8", NOT_INSTALLED);
  const { renderGraphiQL } = module;
  const nonce = randomBytes(16).toString("base64");
  const page = renderGraphiQL({
    title: "Portico",
    endpoint: GRAPHQL_PATH,
    defaultTabs: readyMadeQueries(Date.now()).map((query) => ({ query })),
  });
  const served = page.replace("</head>", `${STYLE}</head>`).replace("<script>", `<script nonce="${nonce}">`);
  sendText(context, 200, "text/html; charset=utf-8", served, {
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy(nonce),
  });
};
