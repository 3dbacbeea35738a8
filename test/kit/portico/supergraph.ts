import { onTestFinished } from "vitest";
import type { Upstream } from "../../../examples/supergraph/gateway.ts";
import { type Listener, startListener } from "../../../examples/supergraph/listener.ts";
import { startSupergraph } from "../../../examples/supergraph/supergraph.ts";

export interface TestSupergraph {
  /** The URL of the gateway, without the path. */
  readonly url: string;
  readonly ask: (query: string) => Promise<{ readonly data: unknown; readonly errors?: unknown }>;
}

/** The address of a gateway that starts later. */
export const openListener = async (): Promise<Listener> => {
  const listener = await startListener(0);
  onTestFinished(listener.stop);
  return listener;
};

/** Starts the example's gateway in front of a running Portico. */
export const openSupergraph = async (
  portico: string,
  upstream: Upstream = "sse",
  existing?: Listener,
): Promise<TestSupergraph> => {
  const listener = existing ?? (await openListener());
  const supergraph = await startSupergraph({ portico, listener, upstream });
  onTestFinished(supergraph.stop);
  return {
    url: listener.url,
    async ask(query) {
      const response = await fetch(supergraph.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as never;
    },
  };
};
