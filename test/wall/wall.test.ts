import { expect, test } from "vitest";
import { startRestartingPortico } from "../client/restarting.ts";
import { startPortico } from "../kit/portico/app.ts";
import { namesOn, openWall, waitForState, watchStates } from "./browser.ts";

const GATE = "SN7A2300583";

test("a punch appears live, on top and once, with a photo", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const before = await namesOn(page);
  portico.sandbox.clock.advance(1_000);
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "w-live", HasPhoto: true });
  const first = page.locator(".punches ol li").first();
  await first.locator("strong", { hasText: "w-live" }).waitFor();
  expect(await namesOn(page)).toEqual(["w-live", ...before]);
  await expect.poll(() => first.locator("img").evaluate((image) => Reflect.get(image, "naturalWidth"))).toBe(136);
  await expect.poll(() => page.locator("[aria-live=polite]").textContent()).toContain("w-live");
});

test("a restart of Portico under the open wall loses nothing and doubles nothing, and the wall says what it does", async () => {
  const portico = await startRestartingPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const said = await watchStates(page);
  const before = await namesOn(page);
  portico.punch("w-1", "w-2");
  await page.locator("strong", { hasText: "w-2" }).waitFor();
  await portico.kill("SIGKILL");
  await waitForState(page, "offline");
  expect(await page.locator(".state").textContent()).toMatch(/^Offline · next attempt in \d+ s$/);
  portico.punch("w-3", "w-4");
  await portico.start();
  await waitForState(page, "live");
  portico.punch("w-5", "w-6");
  await page.locator("strong", { hasText: "w-6" }).waitFor();
  expect(await namesOn(page)).toEqual(["w-6", "w-5", "w-4", "w-3", "w-2", "w-1", ...before]);
  expect(await said()).toEqual(expect.arrayContaining(["Offline", "Catching up"]));
  expect((await said()).at(-1)).toBe("Live");
});

test("a door is opened once and its command is followed to the end", async () => {
  const portico = await startPortico({ acknowledgeMs: 500 });
  const page = await openWall(portico.url);
  const door = page.locator(".doors li").first();
  await door.getByRole("button").waitFor();
  portico.upstream();
  await door.getByRole("button").dblclick();
  await door.locator('[data-outcome="pending"]').waitFor();
  await door.locator('[data-outcome="done"]', { hasText: "Succeeded" }).waitFor();
  expect(portico.upstream().filter((name) => name === "OpenDoor")).toHaveLength(1);
});

test("filters by person, device and direction restrict what is shown, and what arrives", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  await page.getByLabel("Person").fill("W-FILTER");
  await page.getByText("No punches match the filters.").waitFor();
  for (const EmployeeCode of ["w-filter", "w-other"]) {
    portico.sandbox.clock.advance(1_000);
    portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode, Direction: "CheckIn" });
  }
  await page.locator(".punches strong", { hasText: "w-filter" }).waitFor();
  expect(await namesOn(page)).toEqual(["w-filter"]);
  await page.getByLabel("Direction").selectOption({ label: "Check out" });
  await page.getByText("No punches match the filters.").waitFor();
  await page.getByLabel("Direction").selectOption({ label: "Check in" });
  await page.getByRole("combobox", { name: "Device" }).selectOption(GATE);
  await expect.poll(() => namesOn(page)).toEqual(["w-filter"]);
  await page.getByRole("combobox", { name: "Device" }).selectOption("SN7B1100201");
  await page.getByText("No punches match the filters.").waitFor();
});

test("with the keyboard only: a person's day opens, closes, and gives the focus back", async () => {
  const portico = await startPortico();
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const focused = () => page.evaluate("document.activeElement.closest('.punches ol li') !== null");
  for (let step = 0; step < 10 && !(await focused()); step += 1) await page.keyboard.press("Tab");
  expect(await focused()).toBe(true);
  await page.keyboard.press("Enter");
  const day = page.getByRole("dialog");
  await day.getByText(/^\d+ punch(es)?$/).waitFor();
  expect(await day.getByRole("listitem").count()).toBeGreaterThan(0);
  await day.getByText("First in").waitFor();
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.closest('main') === null")).toBe(true);
  }
  await page.keyboard.press("Escape");
  await day.waitFor({ state: "detached" });
  expect(await focused()).toBe(true);
});

test("the punches of today are downloaded as CSV", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  expect((await downloading).suggestedFilename()).toBe("attendance.csv");
});

test("a phone shows it in one column, the punches first, and a dark scheme is dark", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await waitForState(page, "live");
  await page.locator(".doors li").first().waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  const boxOf = async (section: string) => (await page.locator(section).boundingBox()) ?? { y: 0, width: 0 };
  const [punches, devices] = [await boxOf(".punches"), await boxOf(".devices")];
  expect(punches.width).toBeGreaterThan(350);
  expect(punches.y).toBeLessThan(devices.y);
  const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  expect(await background()).toBe("rgb(16, 20, 24)");
  await page.emulateMedia({ colorScheme: "light" });
  expect(await background()).toBe("rgb(244, 245, 247)");
});

test("landmarks and names: every control has one", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  await page.locator(".doors li button").first().waitFor();
  for (const role of ["banner", "main", "search"] as const) expect(await page.getByRole(role).count()).toBe(1);
  await page.getByText("Sandbox", { exact: true }).waitFor();
  for (const name of ["Devices", "Punches today", "Doors"]) await page.getByRole("region", { name }).waitFor();
  expect(await page.getByRole("button", { name: /^$/ }).count()).toBe(0);
});
