import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { build } from "vite";
import { launchChromium } from "../../scripts/chromium.ts";
import { startPortico } from "../kit/portico/app.ts";
import { ROOT } from "../kit/program.ts";

/** Builds the page of this test and serves it; returns its origin. */
const servePage = async (): Promise<string> => {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: "silent",
    mode: "production",
    define: { "process.env.NODE_ENV": '"production"' },
    // vitest sets NODE_ENV, from which the transform would follow that React is the development one.
    oxc: { jsx: { runtime: "automatic", development: false } },
    resolve: {
      alias: {
        "portico-graphql/client": `${ROOT}/src/client/index.ts`,
        "portico-graphql/react": `${ROOT}/src/client/adapters/react.ts`,
      },
    },
    build: { write: false, rolldownOptions: { input: "test/client/react.page.tsx" } },
  });
  const outputs = [built].flat().flatMap((each) => ("output" in each ? each.output : []));
  const [script = ""] = outputs.flatMap((output) => (output.type === "chunk" ? [output.code] : []));
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

test("a page in a real browser follows punches and opens a door once", async () => {
  const origin = await servePage();
  const portico = await startPortico({ acknowledgeMs: 500 }, { ACCESS_ORIGINS: origin });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${origin}/?url=${encodeURIComponent(`${portico.url}/graphql`)}`);
  await page.locator('ol[aria-label="live"]').waitFor();
  const before = await page.locator("li").count();
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "r-browser" });
  await page.locator("li:first-child", { hasText: "r-browser" }).waitFor();
  expect(await page.locator("li").count()).toBe(before + 1);
  portico.upstream();
  await page.locator("button").click();
  await page.locator("button", { hasText: "pending" }).waitFor();
  await page.locator("button", { hasText: "done SUCCEEDED" }).waitFor();
  expect(portico.upstream().filter((name) => name === "OpenDoor")).toHaveLength(1);
}, 60_000);
