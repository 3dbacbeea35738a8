const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";
/** The media types of a response, preferred first. */
export const RESPONSE_TYPES: readonly string[] = [GRAPHQL_TYPE, JSON_TYPE];

/** The result of a content negotiation. */
export interface Negotiated {
  /** Null if the client accepts none of the response types. */
  readonly contentType: string | null;
  /** Clients that name application/json expect status 200 for an invalid document; others get the accurate status. */
  readonly lenientStatus: boolean;
}

const utf8 = (type: string): string => `${type}; charset=utf-8`;

/** Selects the response type by the Accept header: the first that it names, or JSON if it accepts anything. */
export const negotiate = (header: string | undefined): Negotiated => {
  const ranges = (header ?? "*/*")
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()));
  for (const [type = "", ...parameters] of ranges) {
    const charset = parameters.find((parameter) => parameter.startsWith("charset="));
    if (charset !== undefined && charset !== "charset=utf-8") continue;
    if (RESPONSE_TYPES.includes(type)) return { contentType: utf8(type), lenientStatus: type === JSON_TYPE };
    if (type === "*/*" || type === "application/*") return { contentType: utf8(JSON_TYPE), lenientStatus: false };
  }
  return { contentType: null, lenientStatus: false };
};
