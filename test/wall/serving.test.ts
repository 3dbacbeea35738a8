import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { openWall, waitForState } from "./browser.ts";

test("the page is revalidated, its files are cached for a year, both are compressed", async () => {
  const { url } = await startPortico();
  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.headers.get("content-encoding")).toBe("gzip");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
  expect(page.headers.get("content-security-policy")).toContain(
    "default-src 'none'; script-src 'self'; style-src 'self'",
  );
  const again = await fetch(url, { headers: { "if-none-match": page.headers.get("etag") ?? "" } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const script = /src="(\/wall\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
  const file = await fetch(url + script);
  const plain = await fetch(url + script, { headers: { "accept-encoding": "gzip;q=0" } });
  expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(Number(file.headers.get("content-length"))).toBeLessThan(120_000);
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(await file.text()).toBe(await plain.text());
  expect((await fetch(`${url}/wall/%2e%2e/index.js`)).status).toBe(404);
  expect((await fetch(`${url}/wall/none.js`)).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect(await (await fetch(`${url}/graphql`, { headers: { accept: "text/html" } })).text()).toContain("graphiql");
});

test("in production the wall is served only with DASHBOARD=on", async () => {
  const production = { NODE_ENV: "production", LINK_SECRET: "l".repeat(40) };
  const without = await startPortico({}, production);
  expect((await fetch(without.url, { redirect: "manual" })).status).toBe(404);
  const withWall = await startPortico({}, { ...production, DASHBOARD: "on" });
  expect((await fetch(withWall.url, { redirect: "manual" })).status).toBe(200);
  const development = await startPortico({}, { DASHBOARD: "off" });
  expect((await fetch(development.url, { redirect: "manual" })).headers.get("location")).toBe("/graphql");
});

test("where access is not open the wall asks for a key once, and keeps it in the tab only", async () => {
  const scopes = ["attendance:read", "devices:read", "doors:read", "photos:read", "users:read"];
  const file = await openFile(keyFile({ desk: { scopes } }));
  const { url } = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
  const page = await openWall(url);
  await page.getByLabel("API key or token").fill("wrong-key-wrong-key-wrong-key-wrong-1");
  await page.keyboard.press("Enter");
  await page.getByText("This key is not valid, or no longer.").waitFor();
  await page.getByLabel("API key or token").fill(keyOf("desk"));
  await page.keyboard.press("Enter");
  await waitForState(page, "live");
  await page.locator(".doors li").first().waitFor();
  expect(await page.locator(".doors button").count()).toBe(0);
  await page.reload();
  await waitForState(page, "live");
  expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([0, 1, ""]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key or token").waitFor();
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
});

test("Vite serves the page from its sources, in front of a server that lists no origin, and other pages remain refused", async () => {
  const portico = await startPortico();
  const proxied = { target: portico.url };
  const vite = await createServer({
    configFile: join(ROOT, "examples/wall/vite.config.ts"),
    cacheDir: await mkdtemp(join(tmpdir(), "portico-vite-")),
    logLevel: "silent",
    server: { port: await freePort(), proxy: { "/graphql": proxied, "/links": proxied } },
  });
  onTestFinished(() => vite.close());
  await vite.listen();
  const url = vite.resolvedUrls?.local[0] ?? "";
  const page = await openWall(url);
  await waitForState(page, "live");
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "w-vite", HasPhoto: true });
  const image = page.locator(".punches li", { hasText: "w-vite" }).locator("img");
  await expect.poll(() => image.evaluate((element) => Reflect.get(element, "naturalWidth"))).toBe(136);
  const asked = (origin: string) => fetch(`${url}graphql?query={viewer{name}}`, { headers: { origin } });
  expect((await asked("http://evil.example")).status).toBe(403);
  expect((await asked(new URL(url).origin)).status).toBe(200);
});
