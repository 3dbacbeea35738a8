import type { Color, Dots } from "./jpeg.ts";

/** Capitals and digits of five columns each; the lowest bit of a column is its top. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: "7e1111117e",
  B: "7f49494936",
  C: "3e41414122",
  D: "7f4141221c",
  E: "7f49494941",
  F: "7f09090901",
  G: "3e4149497a",
  H: "7f0808087f",
  I: "00417f4100",
  J: "2040413f01",
  K: "7f08142241",
  L: "7f40404040",
  M: "7f020c027f",
  N: "7f0408107f",
  O: "3e4141413e",
  P: "7f09090906",
  Q: "3e4151215e",
  R: "7f09192946",
  S: "4649494931",
  T: "01017f0101",
  U: "3f4040403f",
  V: "1f2040201f",
  W: "3f4038403f",
  X: "6314081463",
  Y: "0708700807",
  Z: "6151494543",
  0: "3e5149453e",
  1: "00427f4000",
  2: "4261514946",
  3: "2141454b31",
  4: "1814127f10",
  5: "2745454539",
  6: "3c4a494930",
  7: "0171090503",
  8: "3649494936",
  9: "064949291e",
};

/** Dark enough for white initials. */
const COLORS: readonly Color[] = [
  [157, 54, 84],
  [133, 77, 14],
  [77, 101, 23],
  [22, 110, 85],
  [14, 107, 128],
  [42, 86, 170],
  [97, 66, 168],
  [145, 52, 138],
  [99, 83, 68],
  [70, 84, 103],
];
const WHITE: Color = [255, 255, 255];
/** The sides of a picture, in dots. */
const SIDE = 17;
const LEFT = 3;
const TOP = 5;
const ROWS = 7;

const initialsOf = (employeeCode: string, name: string): string => {
  const plain = name
    .normalize("NFD")
    .replace(/[^\p{L}\p{N} ]/gu, "")
    .toUpperCase();
  const [first = "", ...rest] = plain.split(" ").filter(Boolean);
  const initials = `${first.slice(0, 1)}${rest.at(-1)?.slice(0, 1) ?? ""}`;
  return Array.from(initials).every((initial) => initial in GLYPHS) && initials !== ""
    ? initials
    : employeeCode.slice(-2).toUpperCase();
};

const columnsOf = (initial: string): readonly number[] => [...Buffer.from(GLYPHS[initial] ?? "", "hex"), 0];

/** Draws the initials of a name, or the end of the employee code, on a color that the code always has. */
export const drawInitials = (employeeCode: string, name: string): Dots => {
  const code = Array.from(employeeCode).reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7);
  const background = COLORS[code % COLORS.length] ?? WHITE;
  const columns = Array.from(initialsOf(employeeCode, name)).flatMap(columnsOf);
  const left = columns.length > 6 ? LEFT : LEFT * 2;
  return Array.from({ length: SIDE }, (_row, y) =>
    Array.from({ length: SIDE }, (_column, x) => {
      const isSet = y >= TOP && y < TOP + ROWS && ((columns[x - left] ?? 0) >> (y - TOP)) & 1;
      return isSet ? WHITE : background;
    }),
  );
};
