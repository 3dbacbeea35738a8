import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { openWall, waitForState } from "./browser.ts";

const GATE = "SN7A2300583";
/** A device with several doors. */
const TURNSTILES = "SN7B1100201";

const doorRow = (page: Page, name: string) => page.locator(".doors li", { hasText: name });

test("each button opens its own door, whose new state is then read", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  const turnstile = doorRow(page, "Turnstile B");
  await turnstile.getByText("Locked").waitFor();
  await page.getByRole("button", { name: "Open Turnstile B, Plant North Turnstiles" }).click();
  await turnstile.locator('[data-outcome="done"]').waitFor();
  await turnstile.getByText("Unlocked").waitFor({ timeout: 4_000 });
  const doors = [...portico.sandbox.gateway.world.devices.values()].flatMap((device) => device.doors);
  expect(doors.filter(({ LockState }) => LockState === "Unlocked").map(({ DoorLabel }) => DoorLabel)).toEqual([
    "Turnstile B",
  ]);
});

test("a door that cannot be opened says why, and an alarm is shown", async () => {
  const portico = await startPortico();
  const device = portico.sandbox.gateway.world.devices.get(TURNSTILES);
  const [first, second] = device?.doors ?? [];
  if (first === undefined || second === undefined) throw new Error("The sandbox has no turnstiles.");
  Object.assign(first, { Mode: "HoldLocked" });
  const page = await openWall(portico.url);
  const held = doorRow(page, "Turnstile A");
  await held.getByRole("button").click();
  await held.locator('[data-outcome="done"]', { hasText: "Failed: The door is held locked." }).waitFor();
  // The device refuses to be read as well: its doors stay, and so does the reason.
  portico.sandbox.changeDevice(TURNSTILES, { denied: ["operationNotAllowed"] });
  await held.getByRole("button").click();
  await held.locator('[data-outcome="rejected"]', { hasText: /\w+/ }).waitFor();
  await held.getByText("Unknown · Unknown").waitFor();
  portico.sandbox.changeDevice(TURNSTILES, { denied: [] });
  // Doors have no events: this is seen at the next reading.
  Object.assign(second, { Alarm: "ForcedOpen" });
  await doorRow(page, "Turnstile B").getByText("Forced open").waitFor();
});

test("a device that goes offline and returns is shown as it is", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const device = page.locator(".devices li", { hasText: "Main Gate" });
  await device.getByText("Online").waitFor();
  portico.sandbox.changeDevice(GATE, { online: false });
  await device.getByText("Offline").waitFor();
  await device.getByText("Last seen").waitFor();
  portico.sandbox.changeDevice(GATE, { online: true });
  await device.getByText("Online").waitFor();
});

test("a photo that cannot be read leaves the initials", async () => {
  const portico = await startPortico();
  portico.sandbox.clock.advance(1_000);
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "w-photo", HasPhoto: true });
  const page = await openWall("about:blank");
  await page.route("**/links/**", (route) => route.abort());
  await page.goto(portico.url);
  const first = page.locator(".punches ol li").first();
  await first.locator("strong", { hasText: "w-photo" }).waitFor();
  await first.locator("span.face", { hasText: /^W$/ }).waitFor();
});

test("a person's day has the punches of that day and that person, and a button that closes it", async () => {
  const portico = await startPortico();
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", Direction: "CheckIn" });
  const { data } = await portico.ask<
    { readonly user: { readonly punches: { readonly nodes: readonly { readonly localTime: string }[] } } },
    object
  >(`{ user(employeeCode: "1042") {
    punches(from: "2026-06-21T00:00:00", to: "2026-06-22T00:00:00", first: 100) { nodes { localTime } }
  } }`);
  const times = data.user.punches.nodes.map(({ localTime }) => localTime.slice(11, 16));
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  await page.getByLabel("Person").fill("1042");
  await page.locator(".punches ol button").first().click();
  const day = page.getByRole("dialog");
  await day.getByText(/^\d+ punch(es)?$/).waitFor();
  expect(times.length).toBeGreaterThan(0);
  expect(await day.locator("ol time").allTextContents()).toEqual(times);
  expect(await day.locator("p time").textContent()).toBe("2026-06-21");
  await day.getByText("Worked").waitFor();
  await day.getByRole("button", { name: "Close" }).click();
  await day.waitFor({ state: "detached" });
});

test("an export has the device and the period that are chosen, and a failure is said", async () => {
  const portico = await startPortico();
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const button = page.getByRole("button", { name: "Download CSV" });
  const rows = async (): Promise<readonly string[]> => {
    const downloading = page.waitForEvent("download");
    await button.click();
    const text = await readFile(await (await downloading).path(), "utf8");
    return text.trim().split(/\r?\n/).slice(1);
  };
  const all = await rows();
  await page.getByRole("combobox", { name: "Device" }).selectOption(GATE);
  const today = await rows();
  expect(today.length).toBeGreaterThan(0);
  expect(today.length).toBeLessThan(all.length);
  expect(today.filter((row) => !row.includes(GATE) || !row.includes("2026-06-21"))).toEqual([]);
  await page.getByLabel("Export").selectOption({ label: "7 days" });
  const week = await rows();
  const dates = new Set(week.map((row) => /2026-06-\d\d/.exec(row)?.[0]));
  expect(dates).toContain("2026-06-15");
  expect(dates).not.toContain("2026-06-14");
  await portico.stop();
  await button.click();
  await page.locator(".export [role=status]", { hasText: /\w+/ }).waitFor();
});
