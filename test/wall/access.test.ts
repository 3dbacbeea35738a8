import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { namesOn, openWall, waitForState } from "./browser.ts";

const GATE = "SN7A2300583";
const DESK = { scopes: ["attendance:read", "devices:read", "doors:read", "photos:read", "users:read"] };

test.each(["removed", "expired"] as const)(
  "a key that is %s is asked for again, and the view remains",
  async (how) => {
    const ends = how === "expired" ? { expiresAt: new Date(Date.now() + 20_000).toISOString() } : {};
    const file = await openFile(keyFile({ desk: { ...DESK, ...ends }, next: DESK }));
    const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
    const punch = (EmployeeCode: string) => {
      portico.sandbox.clock.advance(1_000);
      portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode });
    };
    const page = await openWall(portico.url);
    const field = page.getByLabel("API key or token");
    await field.fill(keyOf("desk"));
    await page.keyboard.press("Enter");
    await waitForState(page, "live");
    punch("w-before");
    await page.getByLabel("Person").fill("w-");
    await page.locator(".punches ol button", { hasText: "w-before" }).click();
    await page.getByRole("dialog", { name: "w-before" }).waitFor();

    if (how === "removed") await file.replace(keyFile({ next: DESK }));
    await page.getByText("This key is not valid, or no longer.").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    // What is shown was for the key that ended: nothing of it can be seen through the form.
    const backdrop = await page.evaluate(
      "getComputedStyle(document.querySelector('.login'), '::backdrop').backgroundColor",
    );
    expect(backdrop).toMatch(/^rgb\(/);
    punch("w-meanwhile");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await field.fill(keyOf("desk"));
    await page.keyboard.press("Enter");
    await page.getByText("This key is not valid, or no longer.").waitFor();
    await field.fill(keyOf("next"));
    await page.keyboard.press("Enter");
    await field.waitFor({ state: "detached" });

    await page.getByRole("dialog", { name: "w-before" }).waitFor();
    await page.keyboard.press("Escape");
    await waitForState(page, "live");
    expect(await page.getByLabel("Person").inputValue()).toBe("w-");
    await expect.poll(() => namesOn(page)).toEqual(["w-meanwhile", "w-before"]);
    punch("w-after");
    await expect.poll(() => namesOn(page)).toEqual(["w-after", "w-meanwhile", "w-before"]);
    await page.locator(".doors li").first().waitFor();
  },
  60_000,
);

test("each part of the page says what the key may not read, and the header speaks of the others", async () => {
  const { path } = await openFile(
    keyFile({
      payroll: { scopes: ["attendance:read"] },
      technician: { scopes: ["devices:read"] },
      none: { scopes: [] },
    }),
  );
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path });
  const openAs = async (name: string) => {
    const page = await openWall(portico.url);
    await page.getByLabel("API key or token").fill(keyOf(name));
    await page.keyboard.press("Enter");
    const textOf = (region: string) => page.getByRole("region", { name: region }).getByText(/^Missing scope/);
    return { page, textOf };
  };
  const payroll = await openAs("payroll");
  await waitForState(payroll.page, "live");
  expect(await payroll.textOf("Devices").textContent()).toBe("Missing scope: devices:read.");
  expect(await payroll.textOf("Doors").textContent()).toBe("Missing scope: devices:read.");
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "w-payroll" });
  const row = payroll.page.locator(".punches ol button", { hasText: "w-payroll" });
  await row.click();
  await payroll.page.getByRole("dialog").getByText("Missing scope: users:read.").waitFor();

  const technician = await openAs("technician");
  await waitForState(technician.page, "live");
  await technician.page.locator(".devices li").first().waitFor();
  expect(await technician.textOf("Punches today").textContent()).toBe("Missing scope: attendance:read.");
  expect(await technician.textOf("Doors").textContent()).toBe("Missing scope: doors:read.");

  const none = await openAs("none");
  await waitForState(none.page, "closed");
  await expect.poll(() => none.page.getByText(/^Missing scope/).count()).toBe(3);
});
