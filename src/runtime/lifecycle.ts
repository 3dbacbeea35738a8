/** The started parts of a process. */
export interface Lifecycle {
  /** Registers a started part; it is stopped before the parts that were started earlier. */
  readonly add: (name: string, stop: () => Promise<void>) => void;
  /** Stops all parts, the last started first. Never rejects; a second call waits for the first. */
  readonly stop: () => Promise<void>;
}

export interface LifecycleOptions {
  /** Milliseconds that all stops together may take; after that the remaining parts are stopped without waiting for them. */
  readonly deadlineMs: number;
  /** Called for each stop that failed or was not waited for. */
  readonly onFault: (name: string, error: unknown) => void;
}

/** Keeps track of started parts and stops them in reverse order. */
export const createLifecycle = ({ deadlineMs, onFault }: LifecycleOptions): Lifecycle => {
  const started: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async () => {
    let isOverdue = false;
    let expire = () => {};
    const deadline = new Promise<void>((resolve) => {
      expire = resolve;
    });
    const timer = setTimeout(() => {
      isOverdue = true;
      expire();
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
      if (isOverdue && !ended)
        onFault(name, new Error(`${name} did not stop within ${deadlineMs} ms; the process no longer waits for it.`));
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
