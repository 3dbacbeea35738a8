import { expect, test } from "vitest";
import { createSealer } from "../../src/runtime/sealer.ts";

const SECRET = "s".repeat(32);

test("a sealed text is opened by the same secret for the same purpose, and by nothing else", () => {
  const sealer = createSealer(SECRET, "test");
  const sealed = sealer.seal("Grüße");
  expect(sealer.open(sealed)).toBe("Grüße");
  expect(sealed).not.toBe(sealer.seal("Grüße"));
  expect(createSealer(SECRET, "other").open(sealed)).toBeNull();
  expect(createSealer(`${SECRET}s`, "test").open(sealed)).toBeNull();
});

test("no other spelling of a sealed text is opened, whatever character is changed, added or removed", () => {
  const { seal, open } = createSealer(SECRET, "test");
  const sealed = seal("x");
  for (let index = 0; index < sealed.length; index += 1) {
    const other = sealed[index] === "A" ? "B" : "A";
    expect(open(`${sealed.slice(0, index)}${other}${sealed.slice(index + 1)}`)).toBeNull();
    expect(open(sealed.slice(0, index))).toBeNull();
  }
  for (const added of ["A", "=", " ", "%"]) expect(open(`${sealed}${added}`)).toBeNull();
});
