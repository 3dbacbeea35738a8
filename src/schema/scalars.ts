import { GraphQLError } from "graphql";
import { builder } from "./builder.ts";

const malformed = (what: string) => new GraphQLError(`Expected ${what}.`, { extensions: { code: "BAD_USER_INPUT" } });

const isRealDay = (day: string): boolean => {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
};

const text =
  (what: string, isValid: (value: string) => boolean) =>
  (value: unknown): string => {
    if (typeof value !== "string" || !isValid(value)) throw malformed(what);
    return value;
  };

const matching = (pattern: RegExp) => (value: string) => pattern.test(value);

const LOCAL_DATE_TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const LOCAL_DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const isZone = (name: string): boolean => {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

builder.scalarType("DateTime", {
  description: "An instant, RFC 3339.",
  serialize: (value) => value,
  parseValue: text(
    "an instant such as 2026-06-21T03:32:14Z",
    (value) => INSTANT.test(value) && isRealDay(value.slice(0, 10)),
  ),
});
builder.scalarType("LocalDate", {
  description: "A calendar day, `YYYY-MM-DD`.",
  serialize: (value) => value,
  parseValue: text("a day such as 2026-06-21", (value) => LOCAL_DATE.test(value) && isRealDay(value)),
});
/** Inside, the gateway's own form with a blank; outside, with a `T`. */
builder.scalarType("LocalDateTime", {
  description: "A wall-clock date and time without zone, `YYYY-MM-DDTHH:mm:ss`.",
  serialize: (value) => value.replace(" ", "T"),
  parseValue: (value) =>
    text(
      "a date and time without zone such as 2026-06-21T09:02:14",
      (each) => LOCAL_DATE_TIME.test(each) && isRealDay(each.slice(0, 10)),
    )(value).replace("T", " "),
});
builder.scalarType("LocalTime", {
  description: "A wall-clock time of day, `HH:mm`.",
  serialize: (value) => value,
  parseValue: text("a time of day such as 09:00", matching(/^([01]\d|2[0-3]):[0-5]\d$/)),
});
builder.scalarType("TimeZone", {
  description: "An IANA time zone, `Asia/Kolkata`.",
  serialize: (value) => value,
  parseValue: text("an IANA time zone such as Asia/Kolkata", isZone),
});
builder.scalarType("UtcOffset", {
  description: "An offset from UTC, `+05:30`.",
  serialize: (value) => value,
  parseValue: text("an offset such as +05:30", matching(/^[+-](0\d|1[0-4]):[0-5]\d$/)),
});
builder.scalarType("URL", {
  description: "An absolute http(s) URL.",
  serialize: (value) => value,
  parseValue: text("an absolute http or https URL", (value) => URL.canParse(value) && /^https?:\/\//.test(value)),
});
builder.scalarType("Base64Input", {
  description: "Base64 data, input only: templates and photos go in and never come out.",
  serialize: () => {
    throw new Error("Base64Input never goes out.");
  },
  parseValue: text("base64 data", matching(/^[A-Za-z0-9+/]+={0,2}$/)),
});
