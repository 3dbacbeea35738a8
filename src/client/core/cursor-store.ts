/**
 * Where named subscriptions keep their positions, and named commands their idempotency keys, over a restart of the program or a
 * reload of the page. Both functions may return a promise; the next event waits for it.
 */
export interface CursorStore {
  /** Returns what was stored under a name; null or undefined if there is nothing. */
  readonly get: (name: string) => string | null | undefined | Promise<string | null | undefined>;
  /** Stores a value under a name; null removes it. */
  readonly set: (name: string, value: string | null) => unknown;
}

/** A store that lasts as long as the program or the page. */
export const memoryCursors = (): CursorStore => {
  const values = new Map<string, string>();
  return {
    get: (name) => values.get(name),
    set: (name, value) => (value === null ? values.delete(name) : values.set(name, value)),
  };
};

/** A store in `localStorage` or `sessionStorage`, whose keys begin with `prefix`. */
export const storageCursors = (
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  prefix = "portico:",
): CursorStore => ({
  get: (name) => storage.getItem(prefix + name),
  set: (name, value) => (value === null ? storage.removeItem(prefix + name) : storage.setItem(prefix + name, value)),
});
