const utf8 = new TextDecoder();

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/** Returns the decoder of the character set that a content type names; of UTF-8 for an unknown one. */
const decoderNamedIn = (contentType: string): TextDecoder => {
  const [, name] = CHARSET.exec(contentType) ?? [];
  if (name === undefined || /^utf-?8$/i.test(name)) return utf8;
  try {
    return new TextDecoder(name);
  } catch {
    return utf8;
  }
};

/** Returns the decoder of UTF-16 for bytes that begin with its byte order mark, or with an ASCII character in UTF-16. */
const decoderOfUtf16 = (bytes: Uint8Array): TextDecoder | undefined => {
  const [first, second] = [bytes.at(0) ?? 1, bytes.at(1) ?? 1];
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return new TextDecoder("utf-16le");
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return new TextDecoder("utf-16be");
  return undefined;
};

const SPACE = 0x20;

const isControl = (code: number): boolean => code < SPACE || (code > 0x7e && code < 0xa0);

const isPadding = (code: number): boolean =>
  code <= SPACE || isControl(code) || (code >= 0xa0 && /\s/.test(String.fromCharCode(code)));

/** A loop, because an expression for the end of a text is tried at each of its characters. */
const without = (isLeftOut: (code: number) => boolean, text: string): string => {
  let [start, end] = [0, text.length];
  while (start < end && isLeftOut(text.charCodeAt(start))) start += 1;
  while (end > start && isLeftOut(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
};

/** Removes blanks and control characters around a text: programs in C send the end of their texts, too. */
export const withoutPadding = (text: string): string => without(isPadding, text);

/** The same for a text to which its blanks may belong. */
export const withoutControls = (text: string): string => without(isControl, text);

/** Decodes text. A byte order mark counts more than the content type. */
export const textOf = (bytes: Buffer, contentType: string): string => {
  const decoder = decoderOfUtf16(bytes) ?? (contentType.includes("charset") ? decoderNamedIn(contentType) : utf8);
  return withoutPadding(decoder.decode(bytes));
};
