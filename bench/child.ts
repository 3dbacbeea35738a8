import { fork } from "node:child_process";
import { once } from "node:events";
import type { Ready, Usage } from "./measured.ts";

/** A process of its own, whose use of CPU and memory can be asked for at any time. */
export interface Child extends Ready {
  readonly usage: () => Promise<Usage>;
  /** Bytes that are in use, after a collection of garbage. */
  readonly held: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export type ChildName =
  | "sandbox"
  | "portico"
  | "handwritten"
  | "naive-fanout"
  | "raw-fanout"
  | "naive-ingest"
  | "raw-ingest";

interface ChildOptions {
  readonly argument?: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts `<name>.process.ts` with the options that this process got from `node`, so that `--cpu-prof` goes for all. Its
 * log goes nowhere, its errors to ours. Throws where it ends before it listens.
 */
export const startChild = async (name: ChildName, { argument = null, env = {} }: ChildOptions = {}): Promise<Child> => {
  const file = new URL(`./${name}.process.ts`, import.meta.url);
  const child = fork(file, [JSON.stringify(argument)], {
    env: { ...env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`The ${name} ended with ${String(code)}.`);
  });
  // Its end is no failure once it was asked to end.
  failed.catch(() => undefined);
  const said = async <Message>(): Promise<Message> => {
    const [message] = (await Promise.race([once(child, "message"), failed])) as [Message];
    return message;
  };
  const ready = await said<Ready>();
  const ask = <Answer>(question: string): Promise<Answer> => {
    const answer = said<Answer>();
    child.send(question);
    return answer;
  };
  return {
    ...ready,
    usage: () => ask("usage"),
    held: () => ask("held"),
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
};
