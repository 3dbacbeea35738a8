import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { photographTerminal } from "./terminal-pictures.ts";
import { startApp } from "../src/app/app.ts";
import { parseConfig } from "../src/config/config.ts";

/** Makes the pictures for the documentation, from the embedded sandbox at a fixed time. The program must be built, and port 4000 free. */
const DIRECTORY = fileURLToPath(new URL("../docs/images/", import.meta.url));
const START = Date.parse("2026-06-22T09:30:00Z");

const PICTURES: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1200, height: 720 }, colorScheme: "light" },
  dark: { viewport: { width: 1200, height: 720 }, colorScheme: "dark" },
  television: { viewport: { width: 1920, height: 1080 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 720 }, colorScheme: "light" },
};

const sandbox = { start: START, live: false, rate: false } as const;
const app = await startApp(parseConfig({ PORT: "0", SANDBOX_PORT: "0", LOG_LEVEL: "error" }), { sandbox });
await app.begun;
const browser = await launchChromium();
try {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const [name, options] of Object.entries(PICTURES)) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(app.url, { waitUntil: "networkidle" });
    await page.locator('.state[data-state="live"]').waitFor();
    await page.locator(".doors li").first().waitFor();
    await page.screenshot({ path: `${DIRECTORY}wall-${name}.png` });
  }
  await photographTerminal(browser, DIRECTORY);
} finally {
  await browser.close();
  await app.stop();
}
