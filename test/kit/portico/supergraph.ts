import { onTestFinished } from "vitest";
import type { Upstream } from "../../../examples/supergraph/gateway.ts";
import { type Listener, startListener } from "../../../examples/supergraph/listener.ts";
import { startSupergraph, type SupergraphOptions } from "../../../examples/supergraph/supergraph.ts";

interface SupergraphFault {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface TestSupergraph {
  /** The URL of the gateway, without the path. */
  readonly url: string;
  readonly ask: (
    query: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly data: unknown; readonly errors?: readonly SupergraphFault[] }>;
}

/** The address of a gateway that starts later. */
export const openListener = async (): Promise<Listener> => {
  const listener = await startListener(0);
  onTestFinished(listener.stop);
  return listener;
};

/** Sends queries and mutations to a router. */
export const askerOf =
  (url: string): TestSupergraph["ask"] =>
  async (query, headers = {}) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as never;
  };

/** Starts the example's gateway in front of a running Portico. */
export const openSupergraph = async (
  portico: string,
  upstream: Upstream = "sse",
  existing?: Listener,
  options: Pick<SupergraphOptions, "reconnects" | "authorization"> = {},
): Promise<TestSupergraph> => {
  const listener = existing ?? (await openListener());
  const supergraph = await startSupergraph({ ...options, portico, listener, upstream });
  onTestFinished(supergraph.stop);
  return { url: listener.url, ask: askerOf(supergraph.url) };
};
