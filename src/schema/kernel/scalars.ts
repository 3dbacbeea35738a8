import { GraphQLError, Kind, type ValueNode } from "graphql";
import { isRealDay, isTimeZone } from "../../contract/wall-clock.ts";
import { Secret } from "../../contract/secret.ts";
import { builder } from "./builder.ts";

/** Makes the parsers of a string scalar, for variables and for literals. An invalid value is an error at its location. */
const stringParsers = <Parsed = string>(
  expected: string,
  isValid: (value: string) => boolean,
  convert: (value: string) => Parsed = (value) => value as Parsed,
) => {
  const parse = (value: unknown, nodes?: ValueNode): Parsed => {
    if (typeof value === "string" && isValid(value)) return convert(value);
    throw new GraphQLError(`Expected ${expected}.`, { nodes: nodes ?? null, extensions: { code: "BAD_USER_INPUT" } });
  };
  return {
    parseValue: (value: unknown) => parse(value),
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : undefined, node),
  };
};

const matches = (pattern: RegExp) => (value: string) => pattern.test(value);

const LOCAL_DATE_TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const LOCAL_DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The length of `2026-06-21T03:32:14Z`. Events are stored with milliseconds, and many parsers accept only one of both forms. */
const SECONDS_LENGTH = 20;

const RFC_3339 = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6";

builder.scalarType("DateTime", {
  description:
    "An instant in RFC 3339 format with a UTC offset, such as `2026-06-21T03:32:14Z`. Output is in UTC, to the second, and " +
    "always in this form.",
  specifiedByURL: RFC_3339,
  serialize: (value) => (value.length === SECONDS_LENGTH ? value : `${value.slice(0, SECONDS_LENGTH - 1)}Z`),
  ...stringParsers(
    "an instant such as 2026-06-21T03:32:14Z",
    (value) => INSTANT.test(value) && isRealDay(value.slice(0, 10)),
  ),
});
builder.scalarType("LocalDate", {
  description: "A calendar day without a time zone, `YYYY-MM-DD`, such as `2026-06-21`.",
  specifiedByURL: "https://scalars.graphql.org/andimarek/local-date.html",
  serialize: (value) => value,
  ...stringParsers("a day such as 2026-06-21", (value) => LOCAL_DATE.test(value) && isRealDay(value)),
});
/** Its internal form is the gateway's, with a space; its external form has a `T`. */
builder.scalarType("LocalDateTime", {
  description:
    "A date and time on a device's wall clock, without a time zone: `YYYY-MM-DDTHH:mm:ss`, such as `2026-06-21T09:02:14`.",
  specifiedByURL: "https://scalars.graphql.org/chillicream/local-date-time.html",
  serialize: (value) => value.replace(" ", "T"),
  ...stringParsers(
    "a date and time without a time zone such as 2026-06-21T09:02:14",
    (value) => LOCAL_DATE_TIME.test(value) && isRealDay(value.slice(0, 10)),
    (value) => value.replace("T", " "),
  ),
});
builder.scalarType("LocalTime", {
  description: "A time of day on a 24-hour clock, without a time zone: `HH:mm`, such as `09:00`.",
  specifiedByURL: "https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#times",
  serialize: (value) => value,
  ...stringParsers("a time of day such as 09:00", matches(/^([01]\d|2[0-3]):[0-5]\d$/)),
});
builder.scalarType("TimeZoneName", {
  description: "The name of a time zone in the IANA database, such as `Asia/Kolkata`.",
  specifiedByURL: "https://www.iana.org/time-zones",
  serialize: (value) => value,
  ...stringParsers("an IANA time zone such as Asia/Kolkata", isTimeZone),
});
builder.scalarType("UtcOffset", {
  description: "The difference between local time and UTC, `+HH:mm` or `-HH:mm`, such as `+05:30`.",
  specifiedByURL: RFC_3339,
  serialize: (value) => value,
  ...stringParsers("an offset such as +05:30", matches(/^[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)$/)),
});
builder.scalarType("HttpUrl", {
  description: "An absolute URL with the scheme `http` or `https`.",
  specifiedByURL: "https://url.spec.whatwg.org/",
  serialize: (value) => value,
  ...stringParsers("an absolute http or https URL", (value) => URL.canParse(value) && /^https?:\/\//.test(value)),
});
builder.scalarType("Base64Input", {
  description:
    "Binary data in Base64, for input only: templates and photos can be written and are never returned in this form.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc4648#section-4",
  serialize: () => {
    throw new Error("Base64Input is an input type; no field may return it.");
  },
  ...stringParsers(
    "Base64 data, without a prefix such as `data:image/jpeg;base64,`",
    matches(/^[A-Za-z0-9+/]+={0,2}$/),
    (value) => new Secret(value),
  ),
});
builder.scalarType("EventCursor", {
  description: "An opaque position in the event log. Store it and pass it as `after` to continue behind that event.",
  specifiedByURL: "https://relay.dev/graphql/connections.htm#sec-Cursor",
  serialize: (value) => value,
  // A client that has no event yet may say so with an empty text.
  ...stringParsers(
    "a cursor of an event",
    () => true,
    (value) => (value === "" ? null : value),
  ),
});
