import type { IncomingMessage } from "node:http";
import { BadRequestError } from "./request.ts";

/** Photos and templates travel inside mutations: about 100 kB each in Base64. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

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

interface Bodied {
  readonly body: (limit: number) => Promise<Buffer | null>;
}

/** The whole body of a request of GraphQL. Rejects with BadRequest. */
export const bodyOf = async (exchange: Bodied, limit: number): Promise<Buffer> => {
  const body = await exchange.body(limit).catch(() => {
    throw new BadRequestError("The body did not come to its end.");
  });
  if (body === null) throw new BadRequestError(`The body may have at most ${limit} bytes; more came.`, 413);
  return body;
};
