/** Bounds of the wait before a client connects again, in milliseconds. */
export interface BackoffOptions {
  /** The longest first wait; it doubles with every failure. @default 500 */
  readonly baseMs?: number;
  /** The longest wait. @default 30000 */
  readonly maxMs?: number;
}

/** The waits of one subscription or request between its attempts. */
export interface Backoff {
  /** Counts a failure, waits, and then calls `next`. `announce` receives the time of the next attempt, in milliseconds since 1970 UTC. */
  readonly wait: (options: WaitBefore, next: () => void) => void;
  /** Forgets the failures: the connection works. */
  readonly reset: () => void;
  /** Ends the wait without an attempt. */
  readonly cancel: () => void;
}

/** How long to wait before the next attempt. */
export interface WaitBefore {
  /** Does not wait if the last attempt was successful. */
  readonly atOnce?: boolean | undefined;
  /** Waits at least this long, as the server asks. */
  readonly retryAfterMs?: number | undefined;
  readonly announce: (retryAt: number) => void;
}

/**
 * Creates waits with exponential growth and full jitter, so that the clients of a restarted server do not return at the same moment.
 * A wait ends early when the device is online again or the page becomes visible.
 */
export const createBackoff = ({ baseMs = 500, maxMs = 30_000 }: BackoffOptions = {}): Backoff => {
  let failures = 0;
  let cancel = () => {};
  return {
    wait({ atOnce = false, retryAfterMs = 0, announce }, next) {
      cancel();
      const jittered = Math.random() * Math.min(maxMs, baseMs * 2 ** failures);
      const ms = atOnce && failures === 0 ? 0 : Math.max(jittered, retryAfterMs);
      failures += 1;
      announce(Date.now() + ms);
      const go = () => {
        cancel();
        next();
      };
      const timer = setTimeout(go, ms);
      // What the server asks for holds, even if the page becomes visible.
      const unwatch = retryAfterMs > 0 ? () => {} : onWake(go);
      cancel = () => {
        clearTimeout(timer);
        unwatch();
      };
    },
    reset() {
      failures = 0;
    },
    cancel: () => cancel(),
  };
};

interface PageEvents {
  readonly addEventListener?: (type: string, listener: () => void) => void;
  readonly removeEventListener?: (type: string, listener: () => void) => void;
  readonly visibilityState?: string;
}

/** Calls back when the device is online again or the page becomes visible. Outside a browser it never does. */
const onWake = (wake: () => void): (() => void) => {
  const scope = globalThis as PageEvents & { readonly document?: PageEvents };
  const targets = [
    [scope, "online"],
    [scope.document, "visibilitychange"],
  ] as const;
  const listener = () => {
    if (scope.document?.visibilityState !== "hidden") wake();
  };
  for (const [target, type] of targets) target?.addEventListener?.(type, listener);
  return () => {
    for (const [target, type] of targets) target?.removeEventListener?.(type, listener);
  };
};
