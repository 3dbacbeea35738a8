import { randomBytes } from "node:crypto";
import type { HttpContext } from "../http/context.ts";
import { readyMadeQueries } from "./ready-made-queries.ts";
import { sendText } from "../http/respond.ts";

/** The page carries all of its code, so that it works without a network; nothing else may run or be asked. */
const policy = (nonce: string): string =>
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

/** The first press on a tab would move it away from below the pointer, and the click would miss it. */
const STYLE = "<style>.graphiql-tabs > li { transform: none !important; }</style>";

/** Answers with GraphiQL, which opens with the ready-made queries. Its code is loaded when the page is first asked for. */
export const sendGraphiQL = async (exchange: HttpContext): Promise<void> => {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const nonce = randomBytes(16).toString("base64");
  const page = renderGraphiQL({
    title: "Portico",
    endpoint: "/graphql",
    defaultTabs: readyMadeQueries(Date.now()).map((query) => ({ query })),
  });
  const served = page.replace("</head>", `${STYLE}</head>`).replace("<script>", `<script nonce="${nonce}">`);
  sendText(exchange, 200, "text/html; charset=utf-8", served, {
    "cache-control": "no-store",
    "content-security-policy": policy(nonce),
  });
};
