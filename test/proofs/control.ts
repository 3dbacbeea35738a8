import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "undici";

/** What the machine itself takes, in the same run: a limit in milliseconds that is exceeded only because of it breaks no promise. */
export interface Control {
  /** The longest that it took from a time of `performance.now()` on, in milliseconds. */
  readonly slowestSince: (from: number) => number;
  readonly stop: () => Promise<void>;
}

const EVERY_MS = 20;

/** Starts a server that does nothing in a process of its own, and asks it again and again. */
export const startControl = async (): Promise<Control> => {
  const child = fork(new URL("./control.process.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [url] = (await once(child, "message")) as [string];
  const client = new Client(url);
  const answers: { readonly at: number; readonly ms: number }[] = [];
  const over = new AbortController();
  const asked = (async () => {
    while (!over.signal.aborted) {
      const at = performance.now();
      const { body } = await client.request({ method: "GET", path: "/" });
      await body.dump();
      answers.push({ at, ms: performance.now() - at });
      // A timer that is late is late for the same reason as everything else in this process.
      await delay(EVERY_MS);
      answers.push({ at, ms: Math.max(0, performance.now() - at - (answers.at(-1)?.ms ?? 0) - EVERY_MS) });
    }
  })();
  return {
    slowestSince: (from) => Math.max(...answers.filter(({ at }) => at >= from).map(({ ms }) => ms)),
    async stop() {
      over.abort();
      await asked;
      await client.close();
      child.disconnect();
      await once(child, "exit");
    },
  };
};
