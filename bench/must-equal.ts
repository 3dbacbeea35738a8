const SHOWN = 160;

/** Throws unless both texts are the same, and shows where they part. */
export const mustEqual = (what: string, a: string, b: string): void => {
  if (a === b) return;
  let at = 0;
  while (a[at] === b[at]) at += 1;
  const shown = (text: string) => text.slice(Math.max(0, at - SHOWN / 2), at + SHOWN / 2);
  throw new Error(`${what} differ at character ${at}:\n  ${shown(a)}\n  ${shown(b)}`);
};
