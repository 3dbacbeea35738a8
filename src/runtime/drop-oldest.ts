/** Removes the entries that were added first, until there are at most `max`. */
export const dropOldest = <Key>(entries: Map<Key, unknown> | Set<Key>, max: number): void => {
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(oldest);
  }
};
