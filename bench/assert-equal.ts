const EXCERPT_LENGTH = 160;

/**
 * Compares two texts.
 * @throws Error that shows the first difference.
 */
export const assertEqual = (subject: string, a: string, b: string): void => {
  if (a === b) return;
  let at = 0;
  while (a[at] === b[at]) at += 1;
  const excerpt = (text: string) => text.slice(Math.max(0, at - EXCERPT_LENGTH / 2), at + EXCERPT_LENGTH / 2);
  throw new Error(`${subject} differ at character ${at}:\n  ${excerpt(a)}\n  ${excerpt(b)}`);
};
