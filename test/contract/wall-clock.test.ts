import { expect, test } from "vitest";
import { nullable } from "../../src/contract/codec.ts";
import {
  date,
  firstSecond,
  instant,
  lastSecond,
  localDateTime,
  timeZone,
  utcOffset,
} from "../../src/contract/times.ts";
import { isSuspectClock, offsetIn, toInstant } from "../../src/contract/wall-clock.ts";

const IMPOSSIBLE = [
  "0000-00-00 00:00:00",
  "2026-00-10 09:00:00",
  "2026-13-01 09:00:00",
  "2026-01-00 09:00:00",
  "2026-01-32 09:00:00",
  "2026-02-30 09:00:00",
  "2026-02-29 09:00:00",
  "1900-02-29 09:00:00",
  "2026-04-31 09:00:00",
  "2026-11-20 24:00:00",
  "2026-11-20 23:59:60",
  "2026-11-20 23:60:00",
  "2026-11-20 25:00:00",
];

test.each(IMPOSSIBLE)("%s is no time, in any of its forms", (wall) => {
  expect(() => localDateTime.read(wall)).toThrow("a date and time");
  expect(() => localDateTime.read(wall.replace(" ", "T"))).toThrow("a date and time");
  for (const zone of ["Z", " GMT +0000", " GMT +0530", "+05:30", "-05:00"])
    expect(() => instant.read(`${wall}${zone}`), zone).toThrow("an instant");
});

test.each(IMPOSSIBLE.slice(0, 9))("the day of %s is no date", (wall) => {
  expect(() => date.read(wall.slice(0, 10))).toThrow("a date");
});

test.each([
  "2024-02-29 09:00:00",
  "2000-02-29 23:59:59",
  "2026-01-31 00:00:00",
  "2026-12-31 23:59:59",
  "0001-01-01 00:00:00",
])("%s is a time", (wall) => {
  expect(localDateTime.read(wall)).toBe(wall);
  expect(localDateTime.read(`${wall.replace(" ", "T")}+05:30`)).toBe(wall);
  expect(date.read(wall)).toBe(wall.slice(0, 10));
  // The first time of a calendar is no instant at which a gateway did anything.
  expect(nullable(instant).read(`${wall} GMT +0000`)).toBe(wall < "1971" ? null : `${wall.replace(" ", "T")}Z`);
});

test.each([
  ["2026-06-21 03:32:15 GMT +0530", "2026-06-20T22:02:15Z"],
  ["2026-06-21t03:32:15z", "2026-06-21T03:32:15Z"],
  ["2026-06-21T23:32:15.999-08:00", "2026-06-22T07:32:15Z"],
  ["2026-02-28 23:00:00 -0200", "2026-03-01T01:00:00Z"],
  ["9999-12-31 23:59:59 GMT +0000", "9999-12-31T23:59:59Z"],
])("%s is the instant %s", (text, expected) => {
  expect(instant.read(text)).toBe(expected);
});

test.each([
  ["2026-6-1 9:05:03", "2026-06-01 09:05:03"],
  ["2026-06-01T09:05", "2026-06-01 09:05:00"],
  ["2026/06/01  09:05:03,250", "2026-06-01 09:05:03"],
  ["20260601 0905", "2026-06-01 09:05:00"],
  ["20260601T090503.5Z", "2026-06-01 09:05:03"],
  ["2026-06-01 12:05:03 AM", "2026-06-01 00:05:03"],
  ["2026-06-01 9:05 p.m.", "2026-06-01 21:05:00"],
  ["2026-06-01 12:05:03 PM +0530", "2026-06-01 12:05:03"],
  ["2026-06-01 09:05:03 GMT+0530 (India Standard Time)", "2026-06-01 09:05:03"],
  ["2026-06-01 09:05:03 Etc/GMT+5", "2026-06-01 09:05:03"],
])("%s is what a clock shows at %s", (text, wall) => {
  expect(localDateTime.read(text)).toBe(wall);
});

test.each([
  "2026-06-01",
  "09:05:03",
  "01-06-2026 09:05:03",
  "2026-06/01 09:05:03",
  "2026-06-01 09",
  "2026-06-01 13:05:03 PM",
  "2026-06-01 00:05:03 AM",
  "2026-06-01 09:05:03 in the morning",
  "2026-06-01 09:05:03 Morning",
  "2026-06-01 09:0503",
  "2026-06-01 09:05030530",
  "20260601090503",
  "20260601T09050312",
  `2026-06-01 09:05:03${" ".repeat(1_000_000)}x`,
])("%s is no time that a clock shows", (text) => {
  expect(() => localDateTime.read(text)).toThrow("a date and time");
});

test.each([
  ["2026-12-31", "2026-12-31 00:00:00", "2026-12-31 23:59:59"],
  ["2026-12-31 18:00", "2026-12-31 18:00:00", "2026-12-31 18:00:59"],
  ["2026/12/31 6:00 PM", "2026-12-31 18:00:00", "2026-12-31 18:00:59"],
  ["2026-12-31 24:00", "2027-01-01 00:00:00", "2027-01-01 00:00:00"],
])("the limit %s covers from %s to %s", (text, first, last) => {
  expect([firstSecond.read(text), lastSecond.read(text)]).toEqual([first, last]);
});

test.each(["2026/06/01", "2026-6-1", " 2026-06-01\0", "2026/6/1 9:05", "20260601T090503Z"])("%j is a day", (text) => {
  expect(date.read(text)).toBe("2026-06-01");
});

test.each(["01/06/2026", "2026/02/30", "2026-06", "9:05"])("%j is no day", (text) => {
  expect(() => date.read(text)).toThrow("a date");
});

test.each(["9999-12-31 23:59:59 GMT -0100", "0000-01-01 00:00:00 GMT +0530", "2026-06-21 03:32:15 GMT +1430"])(
  "%s is an instant that no DateTime can express",
  (text) => {
    expect(() => instant.read(text)).toThrow("an instant");
  },
);

test.each(["+14:00", "-14:00", "+00:00", "-03:30", "+13:45"])("%s is an offset", (offset) => {
  expect(utcOffset.read(offset)).toBe(offset);
  expect(utcOffset.read(offset.replace(":", ""))).toBe(offset);
});

test.each([
  ["Z", "+00:00"],
  ["GMT", "+00:00"],
  ["UTC", "+00:00"],
  ["GMT +05:30", "+05:30"],
  ["UTC-0330", "-03:30"],
  ["05:30", "+05:30"],
  [" 05:30", "+05:30"],
  ["+05", "+05:00"],
  ["-3", "-03:00"],
  ["GMT+14", "+14:00"],
  ["UTC-05:00:00", "-05:00"],
])("%j is the offset %s, as in callbacks", (text, offset) => {
  expect(utcOffset.read(text)).toBe(offset);
});

test.each([
  "+14:30",
  "+14:01",
  "-14:30",
  "+15:00",
  "+99:00",
  "+05:60",
  "GMT +15:00",
  "IST",
  "5",
  "05",
  "GMT 05",
  "+15",
  "+",
  "",
])("%j is no offset", (offset) => {
  expect(() => utcOffset.read(offset)).toThrow("an offset");
});

test.each(["Mars/Base", "India Standard Time", "", " "])("%j is no time zone", (zone) => {
  expect(() => timeZone.read(zone)).toThrow("a time zone");
});

test.each([
  ["Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"],
  // Skipped: 02:30 counts as 03:30 of summer time.
  ["Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"],
  ["Europe/Berlin", "2026-03-29 03:30:00", "2026-03-29T01:30:00Z"],
  // Occurs twice: the first counts.
  ["Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"],
  ["Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"],
  // The change is at midnight.
  ["Africa/Cairo", "2026-04-24 00:30:00", "2026-04-23T22:30:00Z"],
  ["Africa/Cairo", "2026-10-29 23:30:00", "2026-10-29T20:30:00Z"],
  // The change is half an hour.
  ["Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-03T15:45:00Z"],
  // A whole day is skipped.
  ["Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"],
  ["Asia/Kolkata", "2026-06-21 09:02:14", "2026-06-21T03:32:14Z"],
])("in %s, %s is %s", (zone, wall, expected) => {
  // The second time, the offset of the day is known.
  for (const _ of [1, 2]) expect(toInstant(wall, offsetIn(zone, wall))).toBe(expected);
});

test.each([
  ["+05:30", "2026-06-21 11:00:00", "2026-06-21T03:30:00Z", false],
  ["+05:30", "2026-06-21 11:00:01", "2026-06-21T03:30:00Z", true],
  ["+05:30", "2026-03-23 09:00:00", "2026-06-21T03:30:00Z", false],
  ["+05:30", "2026-03-23 08:59:59", "2026-06-21T03:30:00Z", true],
  [null, "2026-06-21 19:30:00", "2026-06-21T03:30:00Z", false],
  [null, "2026-06-21 19:30:01", "2026-06-21T03:30:00Z", true],
  [null, "2026-03-22 15:30:00", "2026-06-21T03:30:00Z", false],
  [null, "2026-03-22 15:29:59", "2026-06-21T03:30:00Z", true],
])("a clock at offset %s that shows %s at %s is suspect: %s", (offset, wall, receivedAt, expected) => {
  expect(isSuspectClock(wall, offset, Date.parse(receivedAt))).toBe(expected);
});
