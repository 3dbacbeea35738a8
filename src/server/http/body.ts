import type { IncomingMessage } from "node:http";
import { BadRequestError } from "./request.ts";

/** Mutations contain photos and templates of about 100 kB each in Base64. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Number of bytes beyond the limit that are read and dropped, so that the client receives the response. */
const MAX_DROPPED_BYTES = 16 * 1024 * 1024;

/** What one request takes of the memory of its caller. */
export interface CallerMemoryShare {
  /** Takes so many bytes more; throws OperationRejected if that is more than the caller may take. */
  readonly take: (bytes: number) => void;
  /** Frees all that was taken. */
  readonly release: () => void;
}

/**
 * Reads the body; resolves to null if it is larger than `limit` bytes. Rejects with BadRequestError if the client does not send all of it,
 * and with what `take` throws: what the client sends then is dropped.
 */
export const readBody = (
  request: IncomingMessage,
  limit: number,
  { take }: CallerMemoryShare,
): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let isRefused = false;
    const keep = (chunk: Buffer) => {
      try {
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        isRefused = true;
        reject(error);
      }
    };
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit && !isRefused) keep(chunk);
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
  readonly memory: CallerMemoryShare;
  readonly body: (limit: number, memory: CallerMemoryShare) => Promise<Buffer | null>;
}

/**
 * Reads the body of a GraphQL request.
 *
 * @throws BadRequestError if the body is incomplete or larger than `limit` bytes, OperationRejected if there is no memory for it.
 */
export const bodyOf = async (context: BodySource, limit: number): Promise<Buffer> => {
  const body = await context.body(limit, context.memory);
  if (body === null) throw new BadRequestError(`The body must have at most ${limit} bytes; received more.`, 413);
  return body;
};
