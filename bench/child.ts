import { fork } from "node:child_process";
import { once } from "node:events";
import type { Ready, Usage } from "./measurements.ts";

/** A child process whose CPU and memory usage can be queried at any time. */
export interface ChildProgram extends Ready {
  readonly usage: () => Promise<Usage>;
  /** Returns the bytes in use after garbage collection. */
  readonly heldBytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export type ChildName =
  | "sandbox"
  | "portico"
  | "flood"
  | "handwritten"
  | "yoga"
  | "mercurius"
  | "apollo"
  | "naive-fanout"
  | "raw-fanout"
  | "naive-ingest"
  | "raw-ingest";

interface ChildOptions {
  readonly argument?: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts `<name>.process.ts` with the Node.js options of this process, so that `--cpu-prof` applies to all. Its stdout is
 * ignored and its stderr is inherited.
 * @throws Error if it exits before it listens.
 */
export const startChild = async (
  name: ChildName,
  { argument = null, env = {} }: ChildOptions = {},
): Promise<ChildProgram> => {
  const file = new URL(`./${name}.process.ts`, import.meta.url);
  const child = fork(file, [JSON.stringify(argument)], {
    env: { ...env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`The process ${name} exited with code ${String(code)} before it listened.`);
  });
  // Exiting is not a failure after it was asked to exit.
  failed.catch(() => undefined);
  const nextMessage = async <Content>(): Promise<Content> => {
    const [message] = (await Promise.race([once(child, "message"), failed])) as [Content];
    return message;
  };
  const ready = await nextMessage<Ready>();
  const query = <Answer>(question: string): Promise<Answer> => {
    const answer = nextMessage<Answer>();
    child.send(question);
    return answer;
  };
  return {
    ...ready,
    usage: () => query("usage"),
    heldBytes: () => query("heldBytes"),
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
};
