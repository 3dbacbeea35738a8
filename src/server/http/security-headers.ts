import type { ServerResponse } from "node:http";

const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** For every answer: no guessing of types, no referrer, no frames, nothing that an answer could load. */
export const setSecurityHeaders = (response: ServerResponse): void => {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("content-security-policy", NOTHING);
};
