import type { Tag } from "./tags.ts";

/** What a router may keep of a response, as the response says it. */
export interface CacheHints {
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** As long as the cache of this server keeps an answer. */
const HEADERS = { "cache-control": "private, max-age=30" };
/** More tags of one kind become one tag that stands for all of the kind. */
const MAX_OF_KIND = 8;

/** The tag of one thing, such as `device SN1`, has a kind; a group has none. */
const kindOf = (tag: Tag): string | null => {
  const end = tag.indexOf(" ");
  return end < 0 ? null : `any ${tag.slice(0, end)}`;
};

const nameIn = (account: string, tag: Tag): string => `${account} ${tag}`;

const namesOf = (account: string, tags: readonly Tag[], maxOfKind: number): readonly string[] => {
  const byKind = Map.groupBy(tags, kindOf);
  const kept = [...byKind].flatMap(([kind, all]) => (kind === null || all.length <= maxOfKind ? all : [kind]));
  return kept.map((tag) => nameIn(account, tag));
};

/**
 * Returns the hints of a response that depends on the tags. The response to a request for several entities has one list for all, so it
 * names kinds alone.
 */
export const cacheHintsOf = (
  account: string,
  tags: readonly Tag[],
  data: Readonly<Record<string, unknown>>,
): CacheHints => {
  const { _entities: entities } = data;
  if (!Array.isArray(entities)) {
    return { headers: HEADERS, extensions: { apolloCacheTags: namesOf(account, tags, MAX_OF_KIND) } };
  }
  const names = namesOf(account, tags, entities.length > 1 ? 0 : MAX_OF_KIND);
  return { headers: HEADERS, extensions: { apolloEntityCacheTags: entities.map(() => names) } };
};

/** Returns the names of all tags that a response may have because it depends on what has changed. */
export const invalidatedNames = (account: string, tags: readonly Tag[]): readonly string[] =>
  tags.flatMap((tag) => [tag, kindOf(tag) ?? tag]).map((tag) => nameIn(account, tag));
