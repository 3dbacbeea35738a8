import type { Socket } from "node:net";
import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Forbids type sniffing, referrers, frames, and loading anything from a response. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};
const SECURITY_LIST = Object.entries(SECURITY_HEADERS).flat();

/** How long a client may read nothing of what is sent, in milliseconds. */
const STALL_MS = 60_000;

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** A response that has the security headers and the id of its request, unless its handler sets others. */
export class GuardedResponse extends ServerResponse {
  /** Sent as `x-request-id`. */
  requestId = "";
  /** The media type that was sent, with its parameters; empty before, and without a body. */
  contentType = "";
  /** How long the client may read nothing of a response that is complete, in milliseconds. Then its connection is closed. */
  stallMs = STALL_MS;

  override writeHead(status: number, reason?: string | Headers, fields?: Headers): this {
    const headers = typeof reason === "string" ? fields : reason;
    if (headers !== undefined && !Array.isArray(headers)) this.contentType = headers["content-type"] ?? "";
    const list = Array.isArray(headers) || this.getHeaderNames().length > 0 ? null : this.#listWith(headers ?? {});
    if (list !== null) return super.writeHead(status, list);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      if (!this.hasHeader(name)) this.setHeader(name, value);
    this.setHeader("x-request-id", this.requestId);
    return super.writeHead(status, headers);
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    super.end(chunk, encoding as BufferEncoding, callback as () => void);
    // Nearly always the system has taken all of it.
    if (this.socket !== null && this.socket.writableLength > 0) this.socket.setTimeout(this.stallMs);
    return this;
  }

  /** Called late for a response that waited behind another one on its connection. */
  override assignSocket(socket: Socket): void {
    super.assignSocket(socket);
    if (this.writableEnded) socket.setTimeout(this.stallMs);
    else if ((socket.timeout ?? 0) > 0) socket.setTimeout(0);
  }

  /** All headers in one list, which Node neither copies nor merges; null if the handler replaces one of them. */
  #listWith(headers: OutgoingHttpHeaders): OutgoingHttpHeader[] | null {
    const list: OutgoingHttpHeader[] = [...SECURITY_LIST, "x-request-id", this.requestId];
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      if (SECURITY_HEADERS[name.toLowerCase()] !== undefined) return null;
      list.push(name, value);
    }
    return list;
  }
}
