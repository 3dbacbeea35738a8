import { EventName } from "../../contract/events.ts";

/** Returns the URL without the parts that may be secrets: credentials, query, and all but the first segment of its path. */
export const maskUrl = (url: string): string => {
  if (!URL.canParse(url)) return "";
  const { protocol, host, pathname, search } = new URL(url);
  const [first = "", ...rest] = pathname.split("/").filter((segment) => segment !== "");
  const isMasked = rest.length > 0 || search !== "";
  return `${protocol}//${host}/${first}${isMasked ? "/***" : ""}`;
};

/** Returns the events that are values of GatewayEventKind. */
export const knownEvents = (events: readonly string[]): EventName[] =>
  EventName.values.filter((name) => events.includes(name));
