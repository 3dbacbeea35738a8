import { Pool } from "undici";

export interface Target {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: string | null;
}

export interface Run {
  readonly milliseconds: number;
  /** The duration of each request in milliseconds. */
  readonly durations: readonly number[];
}

export interface Load {
  /**
   * Sends one request and returns the answer.
   * @throws Error unless it is answered 200.
   */
  readonly ask: () => Promise<string>;
  /**
   * Sends requests from that many clients at once, each one after the other.
   * @throws Error unless each answer is as long as the first.
   */
  readonly run: (requests: number, clients?: number) => Promise<Run>;
  readonly stop: () => Promise<void>;
}

/** Sends one request repeatedly over persistent connections. */
export const createLoad = ({ url, method, path, body }: Target, connections = 1): Load => {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = body === null ? {} : { "content-type": "application/json" };

  const ask = async (): Promise<string> => {
    const answer = await pool.request({ method, path, body, headers });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    return text;
  };

  const run = async (requests: number, clients = 1): Promise<Run> => {
    const durations: number[] = [];
    const startedAt = performance.now();
    let left = requests;
    let length = -1;
    const client = async () => {
      while (left > 0) {
        left -= 1;
        const before = performance.now();
        const text = await ask();
        durations.push(performance.now() - before);
        if (length === -1) length = text.length;
        if (text.length !== length) throw new Error(`${path} answered ${text.length} characters instead of ${length}.`);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return { milliseconds: performance.now() - startedAt, durations };
  };

  return { ask, run, stop: () => pool.close() };
};
