import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { build, type InlineConfig } from "vite";

/** Serves a page with this script until the end of the test; returns its origin. */
export const servePage = async (script = ""): Promise<string> => {
  const server = createServer(({ url = "" }, response) => {
    if (url === "/page.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    response.writeHead(200, { "content-type": "text/html" });
    return response.end('<!doctype html><div id="root"></div><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Builds a script for browsers, as a frontend team does for production. `entry` is a path below `root`. */
export const buildScript = async (root: string, entry: string, config: InlineConfig = {}): Promise<string> => {
  const built = await build({
    root,
    configFile: false,
    logLevel: "silent",
    mode: "production",
    define: { "process.env.NODE_ENV": '"production"' },
    // vitest sets NODE_ENV, from which the transform would follow that React is the development one.
    oxc: { jsx: { runtime: "automatic", development: false } },
    build: { write: false, rolldownOptions: { input: entry } },
    ...config,
  });
  const outputs = [built].flat().flatMap((each) => ("output" in each ? each.output : []));
  const [script = ""] = outputs.flatMap((output) => (output.type === "chunk" ? [output.code] : []));
  return script;
};
