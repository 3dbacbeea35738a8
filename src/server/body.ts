import type { IncomingMessage } from "node:http";

/** How much of a body that is too large is still read, so that the client gets to hear why. */
const PATIENCE_BYTES = 16 * 1024 * 1024;

/** The whole body, or null when it is larger than `limit`; rejects when the client does not send it to its end. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else chunks = [];
      if (bytes > limit + PATIENCE_BYTES) request.destroy();
    });
    request.once("end", () => resolve(bytes > limit ? null : Buffer.concat(chunks, bytes)));
    request.once("error", reject);
    request.once("close", () => {
      if (!request.complete) reject(new Error("The client did not send its request to the end."));
    });
  });
