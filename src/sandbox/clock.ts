/** The sandbox's clock: real time, accelerated, frozen or advanced. Every timer of the simulation runs on it. */
export interface SandboxClock {
  /** Now, in milliseconds since 1970 UTC. */
  now(): number;
  /** Runs the task once after a delay in milliseconds of sandbox time. Returns a function that cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Stops time, now or at the given instant. Timers wait until time is advanced or resumed. */
  freeze(atMs?: number): void;
  /** Moves time ahead and runs every timer that becomes due, in order. */
  advance(ms: number): void;
  /**
   * Lets time run at a multiple of real time.
   * @default 1
   */
  run(speed?: number): void;
  readonly speed: number;
  readonly frozen: boolean;
  stop(): void;
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Creates a clock that starts at the given instant and runs in real time. */
export const createSandboxClock = (startMs: number = Date.now()): SandboxClock => {
  let base = startMs;
  let since = Date.now();
  let speed = 1;
  let frozen = false;
  let order = 0;
  let timers: Timer[] = [];
  let wakeTimer: NodeJS.Timeout | undefined;

  const now = () => (frozen ? base : base + (Date.now() - since) * speed);
  const rebase = () => {
    base = now();
    since = Date.now();
  };
  const next = () =>
    timers.reduce<Timer | undefined>(
      (first, timer) => (first === undefined || isBefore(timer, first) ? timer : first),
      undefined,
    );

  const scheduleWake = () => {
    clearTimeout(wakeTimer);
    const timer = next();
    if (frozen || timer === undefined) return;
    const wait = Math.max(0, (timer.due - now()) / speed);
    wakeTimer = setTimeout(runDue, Math.min(Math.ceil(wait), MAX_TIMEOUT_MS));
    wakeTimer.unref();
  };
  const take = (limit: number) => {
    const timer = next();
    if (timer === undefined || timer.due > limit) return undefined;
    timers = timers.filter((each) => each !== timer);
    return timer;
  };
  const runDue = () => {
    for (let timer = take(now()); timer !== undefined; timer = take(now())) timer.task();
    scheduleWake();
  };

  return {
    now,
    after(delayMs, task) {
      const timer = { due: now() + Math.max(0, delayMs), order: order++, task };
      timers.push(timer);
      scheduleWake();
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    freeze(atMs) {
      rebase();
      if (atMs !== undefined) base = atMs;
      frozen = true;
      scheduleWake();
    },
    advance(ms) {
      rebase();
      const target = base + ms;
      for (let timer = take(target); timer !== undefined; timer = take(target)) {
        base = Math.max(base, timer.due);
        since = Date.now();
        timer.task();
      }
      base = target;
      since = Date.now();
      scheduleWake();
    },
    run(newSpeed = 1) {
      rebase();
      frozen = false;
      speed = newSpeed;
      scheduleWake();
    },
    get speed() {
      return speed;
    },
    get frozen() {
      return frozen;
    },
    stop() {
      clearTimeout(wakeTimer);
      timers = [];
    },
  };
};

const isBefore = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);
