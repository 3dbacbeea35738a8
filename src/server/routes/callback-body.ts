import type { Hmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { OversizedBody } from "../../events/ingress/callback.ts";
import { HEAD_BYTES } from "../../runtime/compression.ts";

/** A body, or the beginning of one that is too large. */
export interface ReceivedBody {
  readonly body: Buffer;
  readonly oversized: OversizedBody | null;
}

export interface ReceiveBodyOptions {
  /** A larger body is received to its end, but only its beginning is kept. */
  readonly maxBytes: number;
  /** Begins the digest of a body that is not kept; null if nobody needs it. */
  readonly startDigest: (() => Hmac) | null;
  /** Takes memory for so many bytes in all; returns whether there is enough. */
  readonly reserve: (bytes: number) => boolean;
}

/** A body of more bytes is not received to its end: far beyond what any device sends. */
const MAX_RECEIVED_BYTES = 64 * 1024 * 1024;

/**
 * Receives the body of a callback: `aborted` if the sender does not send all of it, `full` if there is no memory for it. The
 * usual body comes in one chunk, and is not copied.
 */
export const receiveBody = (
  request: IncomingMessage,
  { maxBytes, startDigest, reserve }: ReceiveBodyOptions,
): Promise<ReceivedBody | "aborted" | "full"> =>
  new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let digest: Hmac | null = null;
    const cut = () => {
      digest = startDigest?.() ?? null;
      for (const chunk of chunks) digest?.update(chunk);
      chunks = [Buffer.concat(chunks).subarray(0, HEAD_BYTES)];
    };
    const oversized = (isComplete: boolean): ReceivedBody => ({
      body: Buffer.from(chunks[0] ?? []),
      oversized: { bytes, digest: (isComplete && digest?.digest()) || null },
    });
    request.on("data", (chunk: Buffer) => {
      const before = bytes;
      bytes += chunk.length;
      if (before > maxBytes) digest?.update(chunk);
      else chunks.push(chunk);
      if (before <= maxBytes && bytes > maxBytes) cut();
      if (bytes <= maxBytes && !reserve(bytes)) {
        chunks = [];
        resolve("full");
      }
      if (bytes > MAX_RECEIVED_BYTES) resolve(oversized(false));
    });
    request.on("end", () => {
      if (bytes > maxBytes) return resolve(oversized(true));
      const [only] = chunks;
      resolve({
        body: only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, bytes),
        oversized: null,
      });
    });
    request.on("error", () => resolve("aborted"));
    request.on("close", () => {
      if (!request.complete) resolve("aborted");
    });
  });

/** The memory that one body takes of what all of them may take. */
export interface MemoryShare {
  /** Takes memory for so many bytes in all; returns whether there is enough. */
  readonly reserve: (bytes: number) => boolean;
  readonly release: () => void;
}

/** Creates a function that gives shares of `maxBytes`. */
export const createMemory = (maxBytes: number): (() => MemoryShare) => {
  let taken = 0;
  return () => {
    let own = 0;
    return {
      reserve(bytes) {
        if (bytes <= own) return true;
        if (taken - own + bytes > maxBytes) return false;
        taken += bytes - own;
        own = bytes;
        return true;
      },
      release() {
        taken -= own;
        own = 0;
      },
    };
  };
};
