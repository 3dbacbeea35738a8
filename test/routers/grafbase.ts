import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGraph } from "../../examples/supergraph/supergraph.ts";
import { freePort } from "../kit/ports.ts";
import { until } from "../kit/until.ts";
import type { Router } from "./router.ts";

const VERSION = "0.103.0";
const PACKAGE = "@grafbase/cli-x86_64-unknown-linux-musl";

/** The program has 100 MB and runs on Linux alone: it is no dependency, and is installed when it is first needed. */
const install = async (): Promise<string> => {
  const folder = join(tmpdir(), `portico-grafbase-${VERSION}`);
  const program = join(folder, "node_modules", PACKAGE, "grafbase");
  if (!existsSync(program)) {
    await mkdir(folder, { recursive: true });
    execFileSync("npm", ["install", "--prefix", folder, `${PACKAGE}@${VERSION}`], { stdio: "inherit" });
  }
  return program;
};

const isServing = (url: string): Promise<boolean> =>
  fetch(`${url}?query={__typename}`, { headers: { accept: "application/json" } }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Grafbase composes the subgraphs by itself. */
export const grafbase = (transport: "server-sent events" | "WebSocket"): Router => ({
  name: `Grafbase ${VERSION}`,
  transport,
  async start(environment) {
    const program = await install();
    const graph = await startGraph(environment);
    const folder = await mkdtemp(join(tmpdir(), "portico-grafbase-"));
    const config = ["[graph]", "introspection = true", "[[headers]]", `rule = "forward"`, `name = "authorization"`];
    for (const { name, url, sdl } of graph.subgraphs) {
      const path = join(folder, `${name}.graphql`);
      await writeFile(path, sdl);
      config.push(`[subgraphs.${name}]`, `url = "${url}"`, `schema_path = "${path}"`);
      if (transport === "WebSocket" && name === "portico")
        config.push(`websocket_url = "${url.replace("http", "ws")}"`);
    }
    const file = join(folder, "grafbase.toml");
    await writeFile(file, config.join("\n"));
    const port = await freePort();
    const args = ["dev", "--config", file, "--listen-address", `127.0.0.1:${port}`];
    const child = spawn(program, args, { cwd: folder, stdio: "ignore" });
    const url = `http://127.0.0.1:${port}/graphql`;
    await until(() => isServing(url), { timeoutMs: 30_000, what: "Grafbase serves the graph" });
    return {
      url,
      async stop() {
        child.kill("SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
        await graph.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});
