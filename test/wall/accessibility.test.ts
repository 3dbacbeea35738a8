import axe, { type AxeResults, type NodeResult } from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { keyFile, openFile } from "../kit/portico/callers.ts";
import { openWall, waitForState } from "./browser.ts";

const GATE = "SN7A2300583";

/** What WCAG 2.2 AA and the best practices of axe object to: contrast, names, roles, landmarks. */
const complaints = async (page: Page): Promise<readonly string[]> => {
  const { violations, incomplete } = await page.evaluate<AxeResults>(`${axe.source}; axe.run()`);
  const unsure = incomplete.filter(({ id }) => id === "color-contrast");
  // Text behind a dialog, or beyond the edge of a list that scrolls, is not seen.
  const isSeen = ({ any }: NodeResult) => any.every(({ data }) => !/Overlap|Obscured/.test(data?.messageKey ?? ""));
  const doubtful = unsure.map(({ nodes, ...rest }) => ({ ...rest, nodes: nodes.filter(isSeen) }));
  return [...violations, ...doubtful].flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 120)} ${any.map(({ message }) => message).join(" ")}`),
  );
};

/** The edge and the surroundings of each control that has an edge, as `rgb(…)`. */
const EDGES = `[...document.querySelectorAll("button, input, select")].flatMap((control) => {
  const { borderTopColor, borderTopWidth } = getComputedStyle(control);
  let around = control.parentElement;
  while (getComputedStyle(around).backgroundColor === "rgba(0, 0, 0, 0)") around = around.parentElement;
  const name = control.ariaLabel ?? control.textContent ?? control.name;
  return borderTopWidth === "0px" ? [] : [[name, borderTopColor, getComputedStyle(around).backgroundColor]];
})`;

/** The text and the background of the placeholders. */
const PLACEHOLDERS = `[...document.querySelectorAll("input[placeholder]")].map((input) =>
  [input.placeholder, getComputedStyle(input, "::placeholder").color, getComputedStyle(input).backgroundColor])`;

/** The ring around what has the focus, and its surroundings. */
const FOCUS = `(() => {
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
  return [outlineStyle, outlineWidth, outlineColor, getComputedStyle(document.body).backgroundColor];
})()`;

/** Relative luminance as WCAG defines it. */
const luminance = (color: string): number => {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
    const channel = Number(part) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (one: string, other: string): number => {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
};

/** What axe does not measure: WCAG asks for 3:1 at the edge of a control, and for 4.5:1 in a placeholder. */
const faint = async (page: Page): Promise<readonly string[]> => {
  const below = async (script: string, least: number) => {
    const measured = await page.evaluate<readonly (readonly [string, string, string])[]>(script);
    return measured.filter(([, one, other]) => contrast(one, other) < least).map((each) => each.join(" "));
  };
  return [...(await below(EDGES, 3)), ...(await below(PLACEHOLDERS, 4.5))];
};

const expectAccessible = async (page: Page): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await complaints(page), colorScheme).toEqual([]);
    expect(await faint(page), colorScheme).toEqual([]);
  }
};

test("contrast, names and roles hold for WCAG AA, light and dark: live, a door that opened, a person's day, offline", async () => {
  const portico = await startPortico();
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  portico.sandbox.changeDevice("SN7B1100201", { online: false });
  const page = await openWall(portico.url);
  await waitForState(page, "live");
  const door = page.locator(".doors li").first();
  await door.getByRole("button").click();
  await door.locator('[data-outcome="done"]').waitFor();
  await expectAccessible(page);
  await page.locator(".punches ol button").first().click();
  await page.getByRole("dialog").getByText("First in").waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await portico.stop();
  await waitForState(page, "offline");
  await expectAccessible(page);
});

test("contrast, names and roles of the access form hold for WCAG AA, light and dark", async () => {
  const file = await openFile(keyFile({ desk: {} }));
  const { url } = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
  const page = await openWall(url);
  await page.getByLabel("API key or token").fill("wrong-key-wrong-key-wrong-key-wrong-1");
  await page.keyboard.press("Enter");
  await page.getByText("This key is not valid, or no longer.").waitFor();
  await expectAccessible(page);
});

/** The smallest text on the page, in CSS pixels, and whether anything scrolls the page or the newest punch is out of sight. */
const MEASURE = `(() => {
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.closest(".hidden, option") === null &&
    [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== ""));
  const { scrollWidth, scrollHeight } = document.documentElement;
  const newest = document.querySelector(".punches ol li").getBoundingClientRect();
  return {
    smallest: Math.min(...texts.map((element) => parseFloat(getComputedStyle(element).fontSize))),
    overflow: [scrollWidth - innerWidth, scrollHeight - innerHeight],
    isNewestVisible: newest.top > 0 && newest.bottom < innerHeight,
  };
})()`;

test.each([
  [1920, 1080],
  [3840, 2160],
])(
  "a television of %i x %i shows it without scrolling, in text of a fiftieth of its height at least",
  async (width, height) => {
    const portico = await startPortico();
    const page = await openWall(portico.url, { viewport: { width, height } });
    await waitForState(page, "live");
    await page.locator(".doors li").first().waitFor();
    const { smallest, overflow, isNewestVisible } = await page.evaluate<{
      readonly smallest: number;
      readonly overflow: readonly number[];
      readonly isNewestVisible: boolean;
    }>(MEASURE);
    expect({ overflow, isNewestVisible }).toEqual({ overflow: [0, 0], isNewestVisible: true });
    expect(smallest).toBeGreaterThanOrEqual(0.02 * height);
    await expectAccessible(page);
  },
);

test("whatever has the focus has a ring around it that can be seen, light and dark", async () => {
  const { url } = await startPortico();
  const page = await openWall(url);
  await waitForState(page, "live");
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const [style = "", width = "", color = "", around = ""] = await page.evaluate<readonly string[]>(FOCUS);
      expect([style, width]).toEqual(["solid", "3px"]);
      expect(contrast(color, around)).toBeGreaterThanOrEqual(3);
    }
  }
});
