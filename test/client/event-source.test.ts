import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../../scripts/chromium.ts";
import { servePage } from "../kit/page.ts";
import { withRedis } from "../kit/with-redis.ts";
import { startRestartingPortico } from "./restarting.ts";

/** Runs in the page: EventSource as the browser has it, at the URL of a ticket. What it receives stands in `window.received`. */
const listen = (server: string): string => `(async () => {
  const query = "subscription { punchAdded { gap punch { user { employeeCode } } } }";
  const headers = { "content-type": "application/json" };
  const answer = await fetch("${server}/graphql/ticket", { method: "POST", headers, body: JSON.stringify({ query }) });
  const { url } = await answer.json();
  window.received = [];
  window.source = new EventSource(url);
  source.addEventListener("next", (event) => {
    const { gap, punch } = JSON.parse(event.data).data.punchAdded;
    received.push({ gap, code: punch.user.employeeCode });
  });
  await new Promise((resolve) => source.addEventListener("open", resolve, { once: true }));
})()`;

interface Received {
  readonly gap: boolean;
  readonly code: string;
}

/** The employee codes of the punches in the log of the server. */
const logged = async (server: string): Promise<readonly string[]> => {
  const query = `{ events(kinds: [PUNCH_ADDED], first: 500) { nodes { ... on PunchAdded { punch { user { employeeCode } } } } } }`;
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return JSON.stringify(await response.json()).match(/e0\d/g) ?? [];
};

const received = (page: Page): Promise<readonly Received[]> => page.evaluate("window.received");

const BATCHES = [
  ["e01", "e02", "e03"],
  ["e04", "e05", "e06"],
  ["e07", "e08", "e09"],
] as const;
const ALL = BATCHES.flat();

test.each([
  ["memory", "SIGKILL"],
  ["memory", "SIGTERM"],
  ["Redis", "SIGKILL"],
  ["Redis", "SIGTERM"],
] as const)(
  "with the log in %s, an EventSource with a ticket misses nothing over %s and a restart",
  async (log, signal) => {
    const origin = await servePage();
    const redis: Record<string, string> = log === "Redis" ? { REDIS_URL: (await withRedis()).url } : {};
    const portico = await startRestartingPortico({ ACCESS_ORIGINS: origin, ...redis });
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(origin);
    await page.evaluate(listen(portico.url));
    const have = (codes: readonly string[]) =>
      expect
        .poll(async () => new Set((await received(page)).map(({ code }) => code)), { timeout: 20_000 })
        .toEqual(new Set(codes));
    portico.punch(...BATCHES[0]);
    await have(BATCHES[0]);
    await portico.kill(signal);
    // What happens meanwhile is in the log before the browser connects again: only its position brings it.
    await page.context().setOffline(true);
    portico.punch(...BATCHES[1]);
    await portico.start();
    portico.punch(...BATCHES[2]);
    await expect.poll(() => logged(portico.url), { timeout: 30_000 }).toEqual(expect.arrayContaining(ALL.slice(3)));
    await page.context().setOffline(false);
    await have(ALL);

    const events = await received(page);
    const gaps = events.filter(({ gap }) => gap).length;
    expect(gaps > 0, "a gap is reported").toBe(log === "memory");
    // Behind a gap the log in memory begins again with the punches of the last hours.
    const codes = (
      log === "Redis"
        ? events
        : events.slice(
            0,
            events.findIndex(({ gap }) => gap),
          )
    ).map(({ code }) => code);
    expect(codes).toEqual(log === "Redis" ? ALL : BATCHES[0]);
  },
  90_000,
);
