import { expect, test } from "vitest";
import { createDocumentCache, type DocumentCache } from "../../../src/server/admission/document-cache.ts";

/** What an entry counts besides its text. */
const ENTRY = 256;

const text = (letter: string, length = 30) => letter.repeat(length);
const keptOf = (cache: DocumentCache<number>, letters: string, length?: number) =>
  letters
    .split("")
    .filter((letter) => cache.get(text(letter, length)) !== undefined)
    .join("");

/** Reads before it writes, as admission does. */
const fill = (cache: DocumentCache<number>, letters: string, length?: number) => {
  for (const [index, letter] of letters.split("").entries()) {
    if (cache.get(text(letter, length)) === undefined) cache.set(text(letter, length), index);
  }
};

test("documents are kept up to the total length of their entries, those that were used last", () => {
  const cache = createDocumentCache<number>(3 * (ENTRY + 30), 40);
  fill(cache, "abc");
  expect(keptOf(cache, "cba")).toBe("cba");
  fill(cache, "d");
  expect(keptOf(cache, "abcd")).toBe("abd");
  expect(cache.get(text("d"))).toBe(0);
});

test("a value that replaces another one takes no more room", () => {
  const cache = createDocumentCache<number>(3 * (ENTRY + 30), 40);
  fill(cache, "abc");
  for (let round = 1; round < 10; round += 1) cache.set(text("a"), round);
  expect(keptOf(cache, "abc")).toBe("abc");
  expect(cache.get(text("a"))).toBe(9);
});

test("what is not kept any more takes no room, and short documents take as much as their analysis", () => {
  const cache = createDocumentCache<number>(3 * (ENTRY + 30), 40);
  fill(cache, "abcdef");
  expect(keptOf(cache, "abcdef")).toBe("def");
  fill(cache, "xyz", 1);
  expect([keptOf(cache, "abcdef"), keptOf(cache, "xyz", 1)]).toEqual(["", "xyz"]);
});

test("a document that is longer than the limit of a key is not kept", () => {
  const cache = createDocumentCache<number>(10_000, 40);
  fill(cache, "ab", 40);
  fill(cache, "cd", 41);
  expect([keptOf(cache, "ab", 40), keptOf(cache, "cd", 41)]).toEqual(["ab", ""]);
});
