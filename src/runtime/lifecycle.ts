export interface Lifecycle {
  /** Registers what has been started, so that it is stopped before all that was started earlier. */
  readonly add: (name: string, stop: () => Promise<void>) => void;
  /** Stops everything, last started first. Never rejects; a second call waits for the first. */
  readonly stop: () => Promise<void>;
}

export interface LifecycleOptions {
  /** How long all stops together may take; what is still to be stopped then is told to, but not waited for. */
  readonly deadlineMs: number;
  /** Told of each stop that failed or was not waited for. */
  readonly onFault: (name: string, error: unknown) => void;
}

/** Keeps what was started and stops it in reverse order. */
export const createLifecycle = ({ deadlineMs, onFault }: LifecycleOptions): Lifecycle => {
  const started: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async () => {
    let late = false;
    let giveUp = () => {};
    const deadline = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const timer = setTimeout(() => {
      late = true;
      giveUp();
    }, deadlineMs);
    for (let last = started.pop(); last !== undefined; last = started.pop()) {
      const { name, stop } = last;
      let ended = false;
      const stopped = stop()
        .catch((error: unknown) => onFault(name, error))
        .finally(() => {
          ended = true;
        });
      await Promise.race([stopped, deadline]);
      if (late && !ended) onFault(name, new Error(`${name} did not stop within ${deadlineMs} ms; it is left behind.`));
    }
    clearTimeout(timer);
  };

  return {
    add(name, stop) {
      started.push({ name, stop });
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
};
