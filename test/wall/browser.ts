import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { launchChromium } from "../../scripts/chromium.ts";

/** Opens the wall in a real browser. At the end of the test, the page must not have had an error of its own. */
export const openWall = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const browser = await launchChromium();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })).newPage();
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  onTestFinished(async () => {
    await browser.close();
    expect(faults).toEqual([]);
  });
  await page.goto(url);
  return page;
};

/** Waits for a state of the connection. */
export const waitForState = (page: Page, state: string): Promise<void> =>
  page.locator(`.state[data-state="${state}"]`).waitFor();

/** The codes or names on the punches that are shown, the newest first. */
export const namesOn = (page: Page): Promise<string[]> => page.locator(".punches ol strong").allTextContents();

/** Collects in the page what the wall says of its connection. */
const WATCH_STATES = `window.states = [];
new MutationObserver(() => {
  const state = document.querySelector(".state [role=status]")?.textContent;
  if (state !== undefined && states.at(-1) !== state) states.push(state);
}).observe(document.body, { subtree: true, childList: true, characterData: true });`;

/** Watches from now on what the wall says of its connection; the returned function says what that was, in order. */
export const watchStates = async (page: Page): Promise<() => Promise<readonly string[]>> => {
  await page.evaluate(WATCH_STATES);
  return () => page.evaluate("states");
};
