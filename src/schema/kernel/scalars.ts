import { GraphQLError, Kind, type ValueNode } from "graphql";
import { Secret } from "../../contract/secret.ts";
import { builder } from "./builder.ts";

const isRealDay = (day: string): boolean => {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
};

/** How a scalar is read, from variables and from the document. What is refused is said to be so at its place. */
const text = <Read = string>(
  what: string,
  isValid: (value: string) => boolean,
  read: (value: string) => Read = (value) => value as Read,
) => {
  const parse = (value: unknown, nodes?: ValueNode): Read => {
    if (typeof value === "string" && isValid(value)) return read(value);
    throw new GraphQLError(`Expected ${what}.`, { nodes: nodes ?? null, extensions: { code: "BAD_USER_INPUT" } });
  };
  return {
    parseValue: (value: unknown) => parse(value),
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : undefined, node),
  };
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
  ...text("an instant such as 2026-06-21T03:32:14Z", (value) => INSTANT.test(value) && isRealDay(value.slice(0, 10))),
});
builder.scalarType("LocalDate", {
  description: "A calendar day, `YYYY-MM-DD`.",
  serialize: (value) => value,
  ...text("a day such as 2026-06-21", (value) => LOCAL_DATE.test(value) && isRealDay(value)),
});
/** Inside, the gateway's own form with a blank; outside, with a `T`. */
builder.scalarType("LocalDateTime", {
  description: "A wall-clock date and time without zone, `YYYY-MM-DDTHH:mm:ss`.",
  serialize: (value) => value.replace(" ", "T"),
  ...text(
    "a date and time without zone such as 2026-06-21T09:02:14",
    (value) => LOCAL_DATE_TIME.test(value) && isRealDay(value.slice(0, 10)),
    (value) => value.replace("T", " "),
  ),
});
builder.scalarType("LocalTime", {
  description: "A wall-clock time of day, `HH:mm`.",
  serialize: (value) => value,
  ...text("a time of day such as 09:00", matching(/^([01]\d|2[0-3]):[0-5]\d$/)),
});
builder.scalarType("TimeZone", {
  description: "An IANA time zone, `Asia/Kolkata`.",
  serialize: (value) => value,
  ...text("an IANA time zone such as Asia/Kolkata", isZone),
});
builder.scalarType("UtcOffset", {
  description: "An offset from UTC, `+05:30`.",
  serialize: (value) => value,
  ...text("an offset such as +05:30", matching(/^[+-](0\d|1[0-4]):[0-5]\d$/)),
});
builder.scalarType("URL", {
  description: "An absolute http(s) URL.",
  serialize: (value) => value,
  ...text("an absolute http or https URL", (value) => URL.canParse(value) && /^https?:\/\//.test(value)),
});
builder.scalarType("Base64Input", {
  description: "Base64 data, input only: templates and photos go in and never come out.",
  serialize: () => {
    throw new Error("Base64Input never goes out.");
  },
  ...text("base64 data", matching(/^[A-Za-z0-9+/]+={0,2}$/), (value) => new Secret(value)),
});
builder.scalarType("EventCursor", {
  description: "An opaque position in the event log; clients may store it.",
  serialize: (value) => value,
  ...text("a cursor of an event", (value) => value !== ""),
});
