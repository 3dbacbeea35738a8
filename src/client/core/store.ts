/** A value that changes, in the form that `useSyncExternalStore` and the stores of Svelte and Solid take. */
export interface ReadableStore<Value> {
  /** Calls back with each new value; returns a function that ends it. */
  readonly subscribe: (listener: (value: Value) => void) => () => void;
  /** Returns the value, the same object until it changes. */
  readonly getSnapshot: () => Value;
}

/** A store that its owner writes. */
export interface WritableStore<Value> extends ReadableStore<Value> {
  readonly set: (value: Value) => void;
  readonly listeners: () => number;
}

/** Creates a store with a first value. */
export const createStore = <Value>(initial: Value): WritableStore<Value> => {
  let value = initial;
  const listeners = new Set<(value: Value) => void>();
  return {
    subscribe(listener) {
      // One entry for each call, even of the same function.
      const entry = (next: Value) => listener(next);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    getSnapshot: () => value,
    set(next) {
      value = next;
      for (const listener of listeners) listener(next);
    },
    listeners: () => listeners.size,
  };
};
