import { withoutPadding } from "./padding.ts";

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/** Returns the decoder of the character set that a content type names; undefined for UTF-8 and for an unknown one. */
const decoderNamedIn = (contentType: string): TextDecoder | undefined => {
  const [, name] = CHARSET.exec(contentType) ?? [];
  if (name === undefined || /^utf-?8$/i.test(name)) return undefined;
  try {
    return new TextDecoder(name);
  } catch {
    return undefined;
  }
};

/** Returns the decoder of UTF-16 for bytes that begin with its byte order mark, or with an ASCII character in UTF-16. */
const decoderOfUtf16 = (bytes: Uint8Array): TextDecoder | undefined => {
  const [first, second] = [bytes.at(0) ?? 1, bytes.at(1) ?? 1];
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return new TextDecoder("utf-16le");
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return new TextDecoder("utf-16be");
  return undefined;
};

/** Decodes the text of a callback or an answer, without what stands around it. A byte order mark counts more than the content type. */
export const textOf = (bytes: Buffer, contentType: string): string => {
  const decoder = decoderOfUtf16(bytes) ?? (contentType.includes("charset") ? decoderNamedIn(contentType) : undefined);
  // A buffer decodes a short text in a sixth of the time. Its byte order mark is a blank.
  return withoutPadding(decoder?.decode(bytes) ?? bytes.toString());
};
