export interface Notifier {
  /** Tells all listeners once, however often it is called until it comes to that. */
  readonly notify: () => void;
  readonly onNotify: (listener: () => void) => () => void;
  /** Forgets all listeners. */
  readonly stop: () => void;
}

/** Passes nudges on, at most one for each turn of the event loop. */
export const createNotifier = (): Notifier => {
  const listeners = new Set<() => void>();
  let due = false;
  const tell = () => {
    due = false;
    for (const listener of listeners) listener();
  };
  return {
    notify() {
      if (due || listeners.size === 0) return;
      due = true;
      setImmediate(tell);
    },
    onNotify(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    stop: () => listeners.clear(),
  };
};
