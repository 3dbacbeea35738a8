import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/events/cursor.ts";
import { compareOffsets } from "../../src/events/offset.ts";

test.each([
  "",
  "nonsense",
  Buffer.from("log 1-0-0").toString("base64url"),
  Buffer.from("log 01-0").toString("base64url"),
  Buffer.from("log 9999999999999999999-0").toString("base64url"),
  Buffer.from("1-0").toString("base64url"),
  `${Buffer.from("log 1-0").toString("base64url")}=`,
  Buffer.from(" 1-0").toString("base64url"),
  Buffer.from("log").toString("base64url"),
  Buffer.from("log 1-0 1234567").toString("base64url"),
  Buffer.from("log 1-0 123456789").toString("base64url"),
  Buffer.from("log 1-0 12345678 12345 78").toString("base64url"),
  Buffer.from("log 1-0 12345678 gap").toString("base64url"),
  Buffer.from("log 1-0 ").toString("base64url"),
])("%j is not a cursor", (text) => {
  expect(decodeCursor(text)).toBeNull();
});

test.each([
  [{ logId: "log", offset: "1-0", deliveredTags: [] }, "log 1-0"],
  [{ logId: "log", offset: "1-0", deliveredTags: ["abcd_-09", "ABCDEFGH"] }, "log 1-0 abcd_-09 ABCDEFGH"],
  [{ logId: "log", offset: "1-0", deliveredTags: [], gap: true }, "log 1-0 gap"],
  [{ logId: "log", offset: "1-0", deliveredTags: ["abcdefgh"], gap: true }, "log 1-0 gap abcdefgh"],
])("the cursor %j is encoded and decoded", (cursor, text) => {
  expect(Buffer.from(encodeCursor(cursor), "base64url").toString()).toBe(text);
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
});

test("a cursor has at most 16,384 characters", () => {
  const withTags = (count: number) =>
    encodeCursor({ logId: "log", offset: "1-0", deliveredTags: Array.from({ length: count }, () => "abcdefgh") });
  // Nine bytes for each tag are twelve characters.
  const largest = Math.floor((16_384 - withTags(0).length) / 12);
  expect(decodeCursor(withTags(largest))?.deliveredTags).toHaveLength(largest);
  expect(decodeCursor(withTags(largest + 1))).toBeNull();
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
