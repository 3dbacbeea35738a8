import { Pool } from "undici";

export interface Reply<Data> {
  readonly data: Data | null;
  /** `answered`, or the code of the first error. */
  readonly outcome: string;
  readonly ms: number;
}

/** Sends many concurrent operations to one instance. */
export interface GraphQLClient {
  readonly ask: <Data>(query: string, variables?: object) => Promise<Reply<Data>>;
  /** Returns the HTTP status of a path; null if there is no answer. */
  readonly status: (path: string) => Promise<number | null>;
  readonly stop: () => Promise<void>;
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** Creates a client for the instance at this base URL. */
export const createGraphQLClient = (url: string): GraphQLClient => {
  const pool = new Pool(url, { connections: 512, pipelining: 1 });
  const ask = async <Data>(query: string, variables: object = {}): Promise<Reply<Data>> => {
    const startedAt = performance.now();
    const { body } = await pool.request({
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data = null, errors = [] } = (await body.json()) as Result<Data>;
    const [error] = errors;
    const outcome = error === undefined ? "answered" : (error.extensions?.code ?? error.message);
    return { data, outcome, ms: performance.now() - startedAt };
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
