/** The signals that end the process cleanly, whenever they come. */
export interface Signals {
  readonly isReceived: () => boolean;
  /** Resolves with the name of the first signal. */
  readonly received: Promise<string>;
  /** Gives the process more milliseconds between a signal and its end. */
  readonly allow: (milliseconds: number) => void;
  /** From here on SIGHUP calls this function and does not end the process. */
  readonly onHangup: (reload: () => void) => void;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** A bit longer than the app takes to stop. */
const EXIT_MS = 11_000;
const PARENT_MS = 500;
/** The npm scripts whose process ends with npm. Another script may start a process that is to outlive it. */
const NPM_SCRIPTS: readonly (string | undefined)[] = ["start", "sandbox", "npx"];

/**
 * Replaces the default action of the signals, which is to end the process at once. Further signals change nothing: npm passes on a
 * signal that the terminal has sent already. The end of `npm start`, or of the launcher in `bin`, neither of which can pass on every
 * signal, counts as one.
 * The process ends within eleven seconds even if its start hangs, or later by what `allow` gives.
 */
export const handleSignals = (): Signals => {
  let isReceived = false;
  let exitMs = EXIT_MS;
  let reload: (() => void) | null = null;
  const received = new Promise<string>((resolve) => {
    const receive = (signal: string) => {
      if (isReceived) return;
      if (signal === "SIGHUP" && reload !== null) return reload();
      isReceived = true;
      setTimeout(() => process.exit(0), exitMs).unref();
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, receive);
    const { npm_lifecycle_event: script, PORTICO_LAUNCHER: launcher } = process.env;
    if (!NPM_SCRIPTS.includes(script) && launcher === undefined) return;
    const parent = launcher === undefined ? process.ppid : Number(launcher);
    setInterval(() => {
      if (process.ppid !== parent) receive("end of the parent process");
    }, PARENT_MS).unref();
  });
  const allow = (milliseconds: number) => void (exitMs = EXIT_MS + milliseconds);
  const onHangup = (handler: () => void) => void (reload = handler);
  return { isReceived: () => isReceived, received, allow, onHangup };
};
