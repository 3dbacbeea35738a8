/** An LRU cache with the texts of documents as keys. */
export interface DocumentCache<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
}

/**
 * Keeps the most recently used values, within a total length of their keys in characters. A cache that only counts entries can be
 * filled with a thousand documents of megabytes each. Longer keys than `maxKeyLength` are not cached.
 */
export const createDocumentCache = <Value>(maxLength: number, maxKeyLength: number): DocumentCache<Value> => {
  const entries = new Map<string, Value>();
  let length = 0;
  let newest: string | undefined;
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined || key === newest) return value;
      entries.delete(key);
      entries.set(key, value);
      newest = key;
      return value;
    },
    set(key, value) {
      if (key.length > maxKeyLength) return;
      newest = key;
      if (!entries.has(key)) length += key.length;
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (length <= maxLength) break;
        entries.delete(oldest);
        length -= oldest.length;
      }
    },
  };
};
