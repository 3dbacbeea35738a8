import { isUtf8 } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { createBrotliDecompress, createInflateRaw, createUnzip } from "node:zlib";

/** A body without its content codings; or only the beginning of one that became too large, or was cut off. */
export type Decompressed =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "partial"; readonly bytes: Buffer; readonly reason: string };

/** The beginning that is kept of a body that is too large or cannot be decoded. */
export const HEAD_BYTES = 16 * 1024;

/** `deflate` is sent with a header of zlib, as the standard says, and without, as some senders understood it. */
const inflate = (first: number) => ((first & 0x0f) === 8 ? createUnzip() : createInflateRaw());

const DECODERS = {
  gzip: () => createUnzip(),
  "x-gzip": () => createUnzip(),
  deflate: inflate,
  br: () => createBrotliDecompress(),
};

/** A content coding that bodies may have. */
export type Coding = keyof typeof DECODERS;

const isCoding = (name: string): name is Coding => Object.hasOwn(DECODERS, name);

/** Other codings that are registered: the sender has to choose another one. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "aes128gcm",
  "compress",
  "dcb",
  "dcz",
  "exi",
  "pack200-gzip",
  "x-compress",
  "zstd",
]);

/**
 * The codings of a Content-Encoding header in the order in which they were applied; null if one of them is not supported. What is no
 * coding, such as the name of a character set, has changed nothing of the body.
 */
export const codingsOf = (header: string): readonly Coding[] | null => {
  const names = header.split(",").map((name) => name.trim().toLowerCase());
  return names.some((name) => UNSUPPORTED.has(name)) ? null : names.filter(isCoding);
};

/** Removes the codings of a body. Stops as soon as the result has more than `maxBytes`: a few bytes may stand for gigabytes. */
export const decompress = async (body: Buffer, codings: readonly Coding[], maxBytes: number): Promise<Decompressed> => {
  let current: Decompressed = { kind: "whole", bytes: body };
  for (const coding of codings.toReversed()) {
    if (current.kind === "partial") break;
    current = await decompressOne(current.bytes, coding, maxBytes);
  }
  return current;
};

const decompressOne = async (body: Buffer, coding: Coding, maxBytes: number): Promise<Decompressed> => {
  const decoder = DECODERS[coding](body[0] ?? 0);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const head = () => Buffer.concat(chunks).subarray(0, HEAD_BYTES);
  try {
    for await (const chunk of Readable.from([body]).pipe(decoder) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= maxBytes) continue;
      return {
        kind: "partial",
        bytes: head(),
        reason: `The body has more than ${maxBytes} bytes after decompression.`,
      };
    }
  } catch {
    // A proxy has removed the coding and left its name.
    if (isUtf8(body)) return { kind: "whole", bytes: body };
    return { kind: "partial", bytes: head(), reason: "The body cannot be decompressed." };
  } finally {
    decoder.destroy();
  }
  return { kind: "whole", bytes: Buffer.concat(chunks, bytes) };
};

/** The first byte of the usual form of zlib. */
const ZLIB = 0x78;

/** Returns a stream without its codings. It fails if they cannot be removed; destroying it destroys `body`. */
export const decompressStream = (body: Readable, codings: readonly Coding[]): Readable =>
  codings
    .toReversed()
    .reduce<Readable>((coded, coding) => pipeline(coded, DECODERS[coding](ZLIB), () => {}) as Readable, body);
