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

const BETWEEN_WORDS = /[\s\p{Cc}_/.-]/gu;

/** A word of an enumeration as it is compared: `In Progress`, `in_progress` and `InProgress` are one. */
export const wordOf = (text: string): string => text.replaceAll(BETWEEN_WORDS, "").toLowerCase();

const NO_IDENTIFIER = /^(?:null|nil|none|undefined|nan|n\/?a|\(null\)|[0{}-]+)$/i;

/** Whether a text is what programs write that have no identifier: a word for nothing, or zeros, also as a UUID. */
export const identifiesNothing = (text: string): boolean => NO_IDENTIFIER.test(text);
