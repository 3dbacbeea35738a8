import { randomBytes } from "node:crypto";
import { renderGraphiQL } from "graphql-yoga";
import type { Exchange } from "./exchange.ts";
import { READY_MADE_QUERIES } from "./queries.ts";
import { sendText } from "./respond.ts";

const ASSETS = "https://unpkg.com/@graphql-yoga/";

/** GraphiQL loads its code from a CDN and its workers from blobs; nothing else may run or be asked. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' ${ASSETS}`,
    `style-src 'unsafe-inline' ${ASSETS}`,
    "img-src 'self' data: blob: https://raw.githubusercontent.com",
    "font-src data:",
    `connect-src 'self' ${ASSETS}`,
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Whether a browser asks for a page rather than for an answer. */
export const wantsPage = ({ request, search }: Exchange): boolean =>
  request.method === "GET" && !search.has("query") && (request.headers.accept ?? "").includes("text/html");

/** Answers with GraphiQL, which opens with the ready-made queries. */
export const sendGraphiQL = (exchange: Exchange): void => {
  const nonce = randomBytes(16).toString("base64");
  const page = renderGraphiQL({
    title: "Portico",
    endpoint: "/graphql",
    defaultTabs: READY_MADE_QUERIES.map((query) => ({ query })),
  });
  sendText(exchange, 200, "text/html; charset=utf-8", page.replaceAll("<script", `<script nonce="${nonce}"`), {
    "cache-control": "no-store",
    "content-security-policy": policy(nonce),
  });
};
