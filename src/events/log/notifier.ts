import { compareOffsets, ZERO_OFFSET } from "../offset.ts";
import type { Appended, AppendedRun } from "./log.ts";

/** Informs listeners of appends. */
export interface Notifier {
  /** Calls every listener once, however often this is called before the end of the turn. `latest` as in `Appended`. */
  readonly notify: (latest: string | null) => void;
  /** Does the same, and passes on what this instance appended. */
  readonly pass: (run: AppendedRun) => void;
  /** Adds a listener; returns a function that removes it. */
  readonly onNotify: (listener: (appended: Appended) => void) => () => void;
  /** Removes all listeners. */
  readonly stop: () => void;
}

/** Passes notifications on, at most once in each turn of the event loop. */
export const createNotifier = (): Notifier => {
  const listeners = new Set<(appended: Appended) => void>();
  let isScheduled = false;
  let runs: AppendedRun[] = [];
  let latest: string | null = ZERO_OFFSET;
  const callListeners = () => {
    const appended = { runs, latest };
    isScheduled = false;
    [runs, latest] = [[], ZERO_OFFSET];
    for (const listener of listeners) listener(appended);
  };
  const notify = (reached: string | null) => {
    if (listeners.size === 0) return;
    if (reached === null || latest === null) latest = null;
    else if (compareOffsets(reached, latest) > 0) latest = reached;
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(callListeners);
  };
  return {
    notify,
    pass(run) {
      if (listeners.size > 0) runs.push(run);
      notify(run.events.at(-1)?.offset ?? null);
    },
    onNotify(listener) {
      const own = (appended: Appended) => listener(appended);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    stop: () => listeners.clear(),
  };
};
