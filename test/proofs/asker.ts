import { Pool } from "undici";

export interface Reply<Data> {
  readonly data: Data | null;
  /** `answered`, or the code of the first error. */
  readonly outcome: string;
  readonly ms: number;
}

/** Puts many questions to one instance at once. */
export interface Asker {
  readonly ask: <Data>(query: string, variables?: object) => Promise<Reply<Data>>;
  /** The status of a path; null where there is no answer. */
  readonly status: (path: string) => Promise<number | null>;
  readonly stop: () => Promise<void>;
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export const createAsker = (url: string): Asker => {
  const pool = new Pool(url, { connections: 512, pipelining: 1 });
  const ask = async <Data>(query: string, variables: object = {}): Promise<Reply<Data>> => {
    const began = performance.now();
    const { body } = await pool.request({
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data = null, errors = [] } = (await body.json()) as Result<Data>;
    const [error] = errors;
    const outcome = error === undefined ? "answered" : (error.extensions?.code ?? error.message);
    return { data, outcome, ms: performance.now() - began };
  };
  return {
    ask,
    async status(path) {
      try {
        const { statusCode, body } = await pool.request({ method: "GET", path });
        await body.dump();
        return statusCode;
      } catch {
        return null;
      }
    },
    stop: () => pool.destroy(),
  };
};
