/** The sandbox's clock: real time, faster, frozen or pushed ahead. Every timer of the simulation runs on it. */
export interface SandboxClock {
  /** Now, in milliseconds since 1970 UTC. */
  now(): number;
  /** Runs the task once, so many milliseconds of sandbox time from now; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Stops time; timers wait until it is advanced or resumed. */
  freeze(atMs?: number): void;
  /** Pushes time ahead, running every timer that falls due, in order. */
  advance(ms: number): void;
  /** Lets time run, so many times faster than real time. */
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

const LONGEST_SLEEP = 2 ** 31 - 1;

export const createSandboxClock = (startMs: number = Date.now()): SandboxClock => {
  let base = startMs;
  let since = Date.now();
  let speed = 1;
  let frozen = false;
  let order = 0;
  let timers: Timer[] = [];
  let wake: NodeJS.Timeout | undefined;

  const now = () => (frozen ? base : base + (Date.now() - since) * speed);
  const rebase = () => {
    base = now();
    since = Date.now();
  };
  const next = () =>
    timers.reduce<Timer | undefined>(
      (first, timer) => (first === undefined || comesBefore(timer, first) ? timer : first),
      undefined,
    );

  const arm = () => {
    clearTimeout(wake);
    const timer = next();
    if (frozen || timer === undefined) return;
    const wait = Math.max(0, (timer.due - now()) / speed);
    wake = setTimeout(runDue, Math.min(Math.ceil(wait), LONGEST_SLEEP));
    wake.unref();
  };
  const take = (limit: number) => {
    const timer = next();
    if (timer === undefined || timer.due > limit) return undefined;
    timers = timers.filter((each) => each !== timer);
    return timer;
  };
  const runDue = () => {
    for (let timer = take(now()); timer !== undefined; timer = take(now())) timer.task();
    arm();
  };

  return {
    now,
    after(delayMs, task) {
      const timer = { due: now() + Math.max(0, delayMs), order: order++, task };
      timers.push(timer);
      arm();
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    freeze(atMs) {
      rebase();
      if (atMs !== undefined) base = atMs;
      frozen = true;
      arm();
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
      arm();
    },
    run(faster = 1) {
      rebase();
      frozen = false;
      speed = faster;
      arm();
    },
    get speed() {
      return speed;
    },
    get frozen() {
      return frozen;
    },
    stop() {
      clearTimeout(wake);
      timers = [];
    },
  };
};

const comesBefore = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);
