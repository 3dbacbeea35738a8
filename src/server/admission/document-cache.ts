/** An LRU cache with the texts of documents as keys. */
export interface DocumentCache<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
}

/** What an entry takes besides its text, as a number of characters: a short document is analyzed like a long one. */
const ENTRY_LENGTH = 256;

/**
 * Keeps the most recently used values, within a total length of their entries in characters. A cache that only counts entries can be
 * filled with a thousand documents of megabytes each, one that only counts characters with thousands of short ones. Longer keys than
 * `maxKeyLength` are not cached.
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
      if (!entries.has(key)) length += key.length + ENTRY_LENGTH;
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (length <= maxLength) break;
        entries.delete(oldest);
        length -= oldest.length + ENTRY_LENGTH;
      }
    },
  };
};
