import { expect, test } from "vitest";
import { compareOffsets, decodeCursor } from "../../src/events/cursor.ts";

test.each([
  "",
  "nonsense",
  Buffer.from("log 1-0-0").toString("base64url"),
  Buffer.from("log 01-0").toString("base64url"),
  Buffer.from("log 9999999999999999999-0").toString("base64url"),
  Buffer.from("1-0").toString("base64url"),
  `${Buffer.from("log 1-0").toString("base64url")}=`,
])("%j is not a cursor", (text) => {
  expect(decodeCursor(text)).toBeNull();
});

test.each([
  ["1-0", "1-1", -1],
  ["9-0", "10-0", -1],
  ["10-9", "10-10", -1],
  ["2-0", "1-999", 1],
  ["1795526058435-0", "1795526058435-0", 0],
  ["0-0", "1-0", -1],
])("offset %s compared with %s", (a, b, expected) => {
  expect(Math.sign(compareOffsets(a, b))).toBe(expected);
});
