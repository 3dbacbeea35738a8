import { expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../../scripts/chromium.ts";
import { buildScript, servePage } from "../kit/page.ts";
import { startPortico } from "../kit/portico/app.ts";
import { ROOT } from "../kit/program.ts";

const alias = {
  "portico-graphql/client": `${ROOT}/src/client/index.ts`,
  "portico-graphql/react": `${ROOT}/src/client/adapters/react.ts`,
};

test("a page in a real browser follows punches and opens a door once", async () => {
  const origin = await servePage(await buildScript(ROOT, "test/client/react.page.tsx", { resolve: { alias } }));
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
