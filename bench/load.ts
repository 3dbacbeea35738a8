import { Pool } from "undici";

export interface Target {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: string | null;
}

export interface Load {
  /**
   * Sends one request and returns the answer.
   * @throws Error unless it is answered 200.
   */
  readonly ask: () => Promise<string>;
  /**
   * Sends requests one after the other, because equal ones at once would share their upstream calls. Returns the duration in
   * milliseconds.
   * @throws Error unless each answer is as long as the first.
   */
  readonly run: (requests: number) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Sends one request repeatedly over a persistent connection. */
export const createLoad = ({ url, method, path, body }: Target): Load => {
  const pool = new Pool(url, { connections: 1, pipelining: 1 });
  const headers = body === null ? {} : { "content-type": "application/json" };

  const ask = async (): Promise<string> => {
    const answer = await pool.request({ method, path, body, headers });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    return text;
  };

  const run = async (requests: number): Promise<number> => {
    const { length } = await ask();
    const startedAt = performance.now();
    for (let left = requests - 1; left > 0; left -= 1) {
      const text = await ask();
      if (text.length !== length) throw new Error(`${path} answered ${text.length} characters instead of ${length}.`);
    }
    return performance.now() - startedAt;
  };

  return { ask, run, stop: () => pool.close() };
};
