/** A color: red, green and blue, 0 to 255. */
export type Color = readonly [number, number, number];

/** A picture of large square dots, by rows; all rows are as long as the first. */
export type Dots = readonly (readonly Color[])[];

/** The sides of a block of JPEG, in pixels. */
const BLOCK = 8;
const COMPONENTS = [1, 2, 3] as const;

const marker = (code: number, ...bytes: readonly number[]): readonly number[] => {
  const length = bytes.length + 2;
  return [0xff, code, length >> 8, length & 0xff, ...bytes];
};

/** Twelve categories of differences with a code of four bits each. */
const DC_TABLE = [0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array.from({ length: 12 }, (_, index) => index)];
/** The end of a block is the only code. */
const AC_TABLE = [0x10, 1, ...Array<number>(15).fill(0), 0x00];

const header = (width: number, height: number): readonly number[] => [
  0xff,
  0xd8,
  ...marker(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0),
  ...marker(0xdb, 0, ...Array<number>(BLOCK * BLOCK).fill(BLOCK)),
  ...marker(
    0xc0,
    8,
    height >> 8,
    height & 0xff,
    width >> 8,
    width & 0xff,
    COMPONENTS.length,
    ...COMPONENTS.flatMap((id) => [id, 0x11, 0]),
  ),
  ...marker(0xc4, ...DC_TABLE),
  ...marker(0xc4, ...AC_TABLE),
  ...marker(0xda, COMPONENTS.length, ...COMPONENTS.flatMap((id) => [id, 0x00]), 0, 63, 0),
];

/** Luminance and chrominance around zero, as they are stored. */
const toStored = ([red, green, blue]: Color): readonly number[] =>
  [
    0.299 * red + 0.587 * green + 0.114 * blue - 128,
    -0.1687 * red - 0.3313 * green + 0.5 * blue,
    0.5 * red - 0.4187 * green - 0.0813 * blue,
  ].map((value) => Math.max(-128, Math.min(127, Math.round(value))));

/** The bits of a block of one color: the difference from the block before, and the end of the block. */
const bitsOf = (difference: number): string => {
  const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
  const value = difference < 0 ? difference + 2 ** category - 1 : difference;
  const digits = category === 0 ? "" : value.toString(2).padStart(category, "0");
  return `${category.toString(2).padStart(4, "0")}${digits}0`;
};

/** Encodes dots as a baseline JPEG in which each dot is a block of eight by eight pixels. */
export const encodeJpeg = (dots: Dots): Buffer => {
  const before = [0, 0, 0];
  let bits = "";
  for (const color of dots.flat()) {
    for (const [component, value] of toStored(color).entries()) {
      bits += bitsOf(value - (before[component] ?? 0));
      before[component] = value;
    }
  }
  const bytes: number[] = [];
  for (let start = 0; start < bits.length; start += 8) {
    const byte = Number.parseInt(bits.slice(start, start + 8).padEnd(8, "1"), 2);
    bytes.push(byte, ...(byte === 0xff ? [0] : []));
  }
  const width = (dots[0]?.length ?? 0) * BLOCK;
  return Buffer.from([...header(width, dots.length * BLOCK), ...bytes, 0xff, 0xd9]);
};
