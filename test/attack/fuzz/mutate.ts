import { between } from "../../../src/sandbox/random.ts";

/** Tokens that often break parsers. */
const TOKENS = [
  ...'null true {} [] " \\ { } ( ) : ! $ @ ... # """ -1 0 1e999 99999999999999999999 NaN'.split(" "),
  ..."__proto__ constructor __typename \\u0000 \\ud800 \\u{110000} \0 \uFEFF \r\n \t é 𝕏".split(" "),
  "\r\n\r\n",
  "{".repeat(60),
  "a".repeat(300),
];

type Random = () => number;

const chosen = <Item>(random: Random, items: readonly Item[]): Item | undefined =>
  items[Math.floor(random() * items.length)];

const spliced = (bytes: Buffer, at: number, length: number, inserted: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)]);

const change = (random: Random, bytes: Buffer, others: readonly Buffer[]): Buffer => {
  const at = between(random, 0, Math.max(0, bytes.length - 1));
  const length = between(random, 1, 8);
  switch (between(random, 0, 6)) {
    case 0:
      return spliced(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << between(random, 0, 7))));
    case 1:
      return spliced(bytes, at, 1, Buffer.of(between(random, 0, 255)));
    case 2:
      return spliced(bytes, at, 0, Buffer.of(between(random, 0, 255)));
    case 3:
      return spliced(bytes, at, length, Buffer.alloc(0));
    case 4:
      return spliced(bytes, at, 0, bytes.subarray(at, at + length * 4));
    case 5:
      return spliced(bytes, at, between(random, 0, 4), Buffer.from(chosen(random, TOKENS) ?? ""));
    default:
      return Buffer.concat([bytes.subarray(0, at), (chosen(random, others) ?? bytes).subarray(at)]);
  }
};

/** Applies one to four random changes to one of the seeds; the same random series gives the same result. */
export const mutated = (random: Random, seeds: readonly Buffer[]): Buffer => {
  let bytes = chosen(random, seeds) ?? Buffer.alloc(0);
  for (let changes = between(random, 1, 4); changes > 0; changes -= 1) bytes = change(random, bytes, seeds);
  return bytes;
};
