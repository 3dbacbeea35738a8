import { expect, test } from "vitest";
import { startRestartingPortico } from "../client/restarting.ts";
import { withRedis } from "../kit/with-redis.ts";
import { namesOn, openWall, waitForState, watchStates } from "./browser.ts";

test.each([
  ["keeps its data", { appendfsync: "always" }, false],
  ["loses its data", {}, true],
] as const)(
  "Redis ends, starts again and %s under the open wall: nothing is missing or double",
  async (_, options, isLost) => {
    const redis = await withRedis(options);
    const portico = await startRestartingPortico({ REDIS_URL: redis.url });
    const page = await openWall(portico.url);
    await waitForState(page, "live");
    const before = await namesOn(page);
    const said = await watchStates(page);
    portico.punch("w-1", "w-2");
    await page.locator("strong", { hasText: "w-2" }).waitFor();
    await redis.kill();
    portico.punch("w-3", "w-4");
    await waitForState(page, "delayed");
    expect(await page.locator(".state").textContent()).toBe("Events are delayed");
    await redis.restart();
    await waitForState(page, "live");
    portico.punch("w-5", "w-6");
    const all = ["w-6", "w-5", "w-4", "w-3", "w-2", "w-1", ...before];
    await expect.poll(() => namesOn(page), { timeout: 20_000 }).toEqual(all);
    expect((await said()).includes("Events were lost; reading again")).toBe(isLost);
  },
);
