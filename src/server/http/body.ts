import type { IncomingMessage } from "node:http";
import { BadRequestError } from "./request.ts";

/** Mutations contain photos and templates of about 100 kB each in Base64. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Number of bytes beyond the limit that are read and dropped, so that the client receives the response. */
const MAX_DROPPED_BYTES = 16 * 1024 * 1024;

/** Reads the body; resolves to null if it is larger than `limit` bytes. Rejects with BadRequestError if the client does not send all of it. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else chunks = [];
      if (bytes > limit + MAX_DROPPED_BYTES) request.destroy();
    });
    request.on("end", () => {
      const [first] = chunks;
      if (bytes > limit) resolve(null);
      else resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, bytes));
    });
    const rejectIncomplete = () => {
      if (!request.complete) reject(new BadRequestError("The body is incomplete."));
    };
    request.on("error", rejectIncomplete);
    request.on("close", rejectIncomplete);
  });

interface BodySource {
  readonly body: (limit: number) => Promise<Buffer | null>;
}

/**
 * Reads the body of a GraphQL request.
 *
 * @throws BadRequestError if the body is incomplete or larger than `limit` bytes.
 */
export const bodyOf = async (context: BodySource, limit: number): Promise<Buffer> => {
  const body = await context.body(limit);
  if (body === null) throw new BadRequestError(`The body must have at most ${limit} bytes; received more.`, 413);
  return body;
};
