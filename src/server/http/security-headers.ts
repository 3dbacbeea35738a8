import type { ServerResponse } from "node:http";

const NO_CONTENT = "default-src 'none'; frame-ancestors 'none'";

/** Forbids type sniffing, referrers, frames, and loading anything from a response. */
export const setSecurityHeaders = (response: ServerResponse): void => {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("content-security-policy", NO_CONTENT);
};
