const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";
export const RESPONSE_TYPES: readonly string[] = [GRAPHQL_TYPE, JSON_TYPE];

export interface Negotiated {
  /** Null: the client takes none of what there is. */
  readonly contentType: string | null;
  /** Clients that name application/json expect status 200 with errors of their document; others hear the truth. */
  readonly lenientStatus: boolean;
}

const utf8 = (type: string): string => `${type}; charset=utf-8`;

/** Which of the two types of answers a client gets: the first it names, JSON where it takes anything. */
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
