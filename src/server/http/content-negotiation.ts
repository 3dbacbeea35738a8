const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";
/** The media types of a response, preferred first. */
export const RESPONSE_TYPES = [GRAPHQL_TYPE, JSON_TYPE] as const;

type ResponseType = (typeof RESPONSE_TYPES)[number];

/** The result of a content negotiation. */
export interface Negotiated {
  /**
   * The type that the client prefers; "either" if it has no preference; null if it accepts neither of them. A client without a
   * preference gets results as `application/json`, which every client reads, and errors as `application/graphql-response+json`,
   * because an error in plain JSON may come from any proxy.
   */
  readonly type: ResponseType | "either" | null;
  /** Clients that prefer `application/json` expect status 200 where only the operation is to blame; others get the accurate status. */
  readonly lenientStatus: boolean;
}

/** One media range of an Accept header. */
interface Range {
  readonly type: string;
  /** From 0, which excludes the type, to 1. */
  readonly quality: number;
}

/** Other parameters of a range are ignored: responses are in UTF-8, whatever `charset` a client prefers. */
const parseRange = (text: string): Range => {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  let quality = 1;
  for (const parameter of parameters) {
    const [name, value = ""] = parameter.split("=").map((part) => part.trim());
    if (name === "q" && /^[01](\.\d*)?$/.test(value)) quality = Math.min(Number(value), 1);
  }
  return { type, quality };
};

const parseAccept = (header: string): readonly Range[] => header.toLowerCase().split(",").map(parseRange);

/** The index of the range that decides about a type: the most specific that matches; -1 if no range does. */
const decisive = (ranges: readonly Range[], type: string): number => {
  for (const candidate of [type, `${type.split("/")[0]}/*`, "*/*"]) {
    const index = ranges.findIndex((range) => range.type === candidate);
    if (index >= 0) return index;
  }
  return -1;
};

const negotiateRanges = (ranges: readonly Range[]): Negotiated => {
  const [graphql, json] = RESPONSE_TYPES.map((type) => decisive(ranges, type));
  const preference = (index = -1): number => ranges[index]?.quality ?? 0;
  const [forGraphql, forJson] = [preference(graphql), preference(json)];
  if (forGraphql === 0 && forJson === 0) return { type: null, lenientStatus: false };
  if (graphql === json) return { type: "either", lenientStatus: false };
  const prefersJson = forJson === forGraphql ? (json ?? 0) < (graphql ?? 0) : forJson > forGraphql;
  return { type: prefersJson ? JSON_TYPE : GRAPHQL_TYPE, lenientStatus: prefersJson };
};

/** The headers of clients that say no more than this. */
const PLAIN_HEADERS: ReadonlyMap<string, Negotiated> = new Map(
  ["*/*", ...RESPONSE_TYPES, `${JSON_TYPE}, */*`].map((header) => [header, negotiateRanges(parseAccept(header))]),
);

/** Selects the response type by the Accept header: the one with the highest quality, or the one that is named first. */
export const negotiate = (header: string | undefined): Negotiated => {
  const accepted = header || "*/*";
  return PLAIN_HEADERS.get(accepted) ?? negotiateRanges(parseAccept(accepted));
};

/** Whether an Accept header allows a media type, by its name or by a wildcard. */
export const acceptsType = (header: string | undefined, type: string): boolean => {
  const ranges = parseAccept(header || "*/*");
  return (ranges[decisive(ranges, type)]?.quality ?? 0) > 0;
};

/** Whether an Accept header names a media type, other than by a wildcard, and does not exclude it. */
export const namesType = (header: string | undefined, type: string): boolean =>
  header?.toLowerCase().includes(type) === true &&
  parseAccept(header).some((range) => range.type === type && range.quality > 0);

/** The `content-type` of a response with this status; JSON for a client that accepts neither type. */
export const contentTypeOf = (type: Negotiated["type"], status: number): string => {
  const selected = type === "either" && status !== 200 ? GRAPHQL_TYPE : type;
  return `${selected === GRAPHQL_TYPE ? selected : JSON_TYPE}; charset=utf-8`;
};
