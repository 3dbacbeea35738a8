import { createClient } from "graphql-ws";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** What a subscriber received. */
export interface Subscriber<Data> {
  readonly events: Data[];
  readonly errors: unknown[];
  readonly ids: string[];
  /** Resolves when the server ends the subscription. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

/** Subscribes over WebSocket as graphql-ws does, with a payload of `connection_init`, but does not reconnect. */
export const subscribeBySocket = <Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  connectionParams: Record<string, unknown> = {},
): Subscriber<Data> => {
  const client = createClient({
    connectionParams,
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: () => {},
  });
  const events: Data[] = [];
  const errors: unknown[] = [];
  let over = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const stop = client.subscribe<Data>(
    { query, variables },
    {
      next: ({ data, errors: failed }) => {
        if (data != null) events.push(data);
        if (failed !== undefined) errors.push(...failed);
      },
      error: (error) => {
        errors.push(error);
        over();
      },
      complete: over,
    },
  );
  onTestFinished(() => client.dispose());
  return { events, errors, ids: [], ended, stop };
};

/** Subscribes over server-sent events; `lastEventId` is what a browser sends when it reconnects. */
export const subscribeBySse = <Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  lastEventId?: string,
): Subscriber<Data> => {
  const leaving = new AbortController();
  const events: Data[] = [];
  const errors: unknown[] = [];
  const ids: string[] = [];
  const take = (block: string) => {
    const id = /^id: (.*)$/m.exec(block)?.[1];
    if (id !== undefined) ids.push(id);
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (!/^event: next$/m.test(block) || data === undefined) return;
    const result = JSON.parse(data) as { data?: Data; errors?: unknown[] };
    if (result.data != null) events.push(result.data);
    errors.push(...(result.errors ?? []));
  };
  const run = async () => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
      body: JSON.stringify({ query, variables }),
      signal: leaving.signal,
    });
    if (response.status !== 200) {
      errors.push(await response.json());
      return;
    }
    let rest = "";
    const text = response.body?.pipeThrough(new TextDecoderStream());
    for await (const part of text ?? []) {
      const blocks = (rest + part).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
  };
  const ended = run().catch((error: unknown) => {
    if (!leaving.signal.aborted) errors.push(error);
  });
  const stop = () => leaving.abort();
  onTestFinished(stop);
  return { events, errors, ids, ended, stop };
};
