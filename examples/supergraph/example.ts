import { type App, type AppOptions, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { compose, sdlAt } from "./compose.ts";
import { FACILITIES } from "./facilities.ts";
import { type Gateway, startGateway, type Upstream } from "./gateway.ts";
import { HR } from "./hr.ts";
import { startListener } from "./listener.ts";
import { startSubgraph } from "./subgraph.ts";

export interface ExampleOptions {
  readonly upstream: Upstream;
  /** 0 takes any free one. */
  readonly port: number;
  readonly portico?: AppOptions;
  /** Portico's own variables. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Example {
  readonly gateway: Gateway;
  readonly portico: App;
  readonly supergraph: string;
  readonly stop: () => Promise<void>;
}

/** Starts Portico on its sandbox and two more subgraphs, composes the three, and starts a gateway for them. */
export const startExample = async ({
  upstream,
  port,
  portico: options = {},
  env = {},
}: ExampleOptions): Promise<Example> => {
  const running: { readonly stop: () => Promise<void> }[] = [];
  const keep = async <Part extends { readonly stop: () => Promise<void> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting;
    running.unshift(part);
    return part;
  };
  const stop = async () => {
    for (const part of running) await part.stop();
  };
  try {
    const listener = await keep(startListener(port));
    const portico = await keep(startApp(parseConfig({ PORT: "0", SANDBOX_PORT: "0", ...env }), options));
    const hr = await keep(startSubgraph(HR));
    const facilities = await keep(startSubgraph(FACILITIES));
    const url = `${portico.url}/graphql`;
    const supergraph = compose([{ name: "portico", url, sdl: await sdlAt(url) }, hr, facilities]);
    const gateway = await keep(startGateway({ supergraph, listener, upstream }));
    return { gateway, portico, supergraph, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
