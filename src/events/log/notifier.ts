export interface Notifier {
  /** Calls every listener once, however often this is called before the end of the turn. */
  readonly notify: () => void;
  /** Adds a listener; returns a function that removes it. */
  readonly onNotify: (listener: () => void) => () => void;
  /** Removes all listeners. */
  readonly stop: () => void;
}

/** Passes notifications on, at most once in each turn of the event loop. */
export const createNotifier = (): Notifier => {
  const listeners = new Set<() => void>();
  let isScheduled = false;
  const callListeners = () => {
    isScheduled = false;
    for (const listener of listeners) listener();
  };
  return {
    notify() {
      if (isScheduled || listeners.size === 0) return;
      isScheduled = true;
      setImmediate(callListeners);
    },
    onNotify(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    stop: () => listeners.clear(),
  };
};
