const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Hashes the parts to a 32-bit number. The same parts give the same number. */
export const hash = (...parts: readonly (string | number)[]): number => {
  let state = FNV_OFFSET;
  const text = parts.join("\u0000");
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME);
  return mix(state);
};

/** Spreads a 32-bit number over all 32 bits. */
export const mix = (value: number): number => {
  let state = value >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x7feb352d);
  state = Math.imul(state ^ (state >>> 15), 0x846ca68b);
  return (state ^ (state >>> 16)) >>> 0;
};

/** Returns a function that yields numbers 0 <= n < 1; the same seed yields the same series. */
export const createRandom = (...seed: readonly (string | number)[]): (() => number) => {
  let state = hash(...seed);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Returns an integer from `low` to `high`, both inclusive. */
export const between = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** Returns a random item. */
export const pick = <Item>(random: () => number, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0];

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const base32 = (value: number, length: number): string => {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = `${DIGITS[rest % 32]}${text}`;
  return text;
};

/** Generates IDs such as `cmd_01A2B3C4D5`, unique per prefix. Each prefix has its own series; the same seed yields the same. */
export const createIds = (seed: number): ((prefix: string) => string) => {
  const counts = new Map<string, number>();
  return (prefix) => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return `${prefix}_${base32(hash(seed, prefix, count), 5)}${base32(count, 5)}`;
  };
};

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Generates a token of 32 letters and digits, like the gateway's tokens. */
export const createToken = (...seed: readonly (string | number)[]): string => {
  const random = createRandom("token", ...seed);
  return Array.from({ length: 32 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
};
