/** Called when the signal aborts. */
type Hook = () => void;

/** Hooks on abort signals. A request makes many calls with one signal, and only one listener is added to it for all of them. */
export interface AbortHooks {
  /** Adds a hook; the result removes it. */
  readonly add: (signal: AbortSignal, hook: Hook) => () => void;
}

/** Creates hooks. The listener stays on the signal as long as the signal lives, without hooks most of the time. */
export const createAbortHooks = (): AbortHooks => {
  const hooksOf = new WeakMap<AbortSignal, Set<Hook>>();

  const listen = (signal: AbortSignal): Set<Hook> => {
    const hooks = new Set<Hook>();
    hooksOf.set(signal, hooks);
    const onAbort = () => {
      for (const hook of hooks) hook();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    return hooks;
  };

  return {
    add(signal, hook) {
      const hooks = hooksOf.get(signal) ?? listen(signal);
      hooks.add(hook);
      return () => void hooks.delete(hook);
    },
  };
};
