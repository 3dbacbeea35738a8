import { invalidatedNames } from "../cache/router-hints.ts";
import type { Tag } from "../cache/tags.ts";
import type { SubgraphConfig } from "../config/subgraph.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Logger } from "../runtime/logger.ts";

/** Makes a router drop what changed in an account; null means everything. */
export type InvalidateRouter = (account: string, tags: readonly Tag[] | null) => void;

/** Changes that come together are posted together. */
const WINDOW_MS = 20;
const RETRY_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** More tags than this are posted as one: everything of this subgraph. */
const MAX_TAGS = 500;
/** Nothing that a router keeps is older. */
const MAX_RETRY_MS = 60_000;

/** Starts posting changes to a router's invalidation endpoint; null if there is none. A change that cannot be posted becomes everything. */
export const openRouterInvalidation = (
  { invalidationUrl, invalidationKey, name }: SubgraphConfig,
  logger: Logger,
  lifecycle: Lifecycle,
): InvalidateRouter | null => {
  if (invalidationUrl === null) return null;
  let changed = new Set<string>();
  let isEverything = false;
  let failingSince: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();
  const abort = new AbortController();

  const post = async (requests: readonly object[]): Promise<void> => {
    const response = await fetch(invalidationUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(invalidationKey === null ? {} : { authorization: invalidationKey }),
      },
      body: JSON.stringify(requests),
      redirect: "error",
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok)
      throw new Error(`The invalidation endpoint must accept the request; it answered ${response.status}.`);
  };

  const flush = async (): Promise<void> => {
    const names = [...changed];
    const everything = isEverything || names.length > MAX_TAGS;
    changed = new Set();
    isEverything = false;
    const requests = everything
      ? [{ kind: "subgraph", subgraph: name }]
      : names.map((tag) => ({ kind: "cache_tag", subgraphs: [name], cache_tag: tag }));
    try {
      await post(requests);
      if (failingSince !== null) logger.info({}, "router cache can be invalidated again");
      failingSince = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (failingSince === null) logger.error({ err: error }, "router cache cannot be invalidated");
      failingSince ??= performance.now();
      if (performance.now() - failingSince > MAX_RETRY_MS) return;
      isEverything = true;
      schedule(RETRY_MS);
    }
  };

  const schedule = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      sending = sending.then(flush);
    }, ms).unref();
  };

  lifecycle.add("router invalidation", async () => {
    clearTimeout(timer);
    abort.abort();
    await sending;
  });

  // What changed before this process began was posted by nobody.
  isEverything = true;
  schedule(0);

  return (account, tags) => {
    if (tags === null) isEverything = true;
    else for (const each of invalidatedNames(account, tags)) changed.add(each);
    schedule(WINDOW_MS);
  };
};
