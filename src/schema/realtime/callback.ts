import { EventName } from "../../contract/vocabulary.ts";

/** The URL without what may be a secret in it: credentials, query and the last steps of its path. */
export const maskUrl = (url: string): string => {
  if (!URL.canParse(url)) return "";
  const { protocol, host, pathname, search } = new URL(url);
  const [first = ""] = pathname.split("/").filter((step) => step !== "");
  const rest = pathname.split("/").filter((step) => step !== "").length > 1 || search !== "";
  return `${protocol}//${host}/${first}${rest ? "/***" : ""}`;
};

type Known = (typeof EventName.values)[number];

/** The events this schema has a word for. */
export const knownEvents = (events: readonly string[] | null): Known[] =>
  EventName.values.filter((name) => events?.includes(name) === true);
