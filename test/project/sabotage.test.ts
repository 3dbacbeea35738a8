import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BREAKS, reasonAgainst } from "../sabotage/list.ts";

const root = new URL("../..", import.meta.url);

test("every break of the sabotage list can be tried: its text occurs once, and its tests exist", () => {
  const faults = BREAKS.flatMap((each) => {
    const { title, file, tests } = each;
    const reason = reasonAgainst(each, readFileSync(new URL(file, root), "utf8"));
    const missing = tests.filter((path) => !existsSync(new URL(path, root)));
    return [
      ...(reason === null ? [] : [`${title}: ${file}: ${reason}`]),
      ...missing.map((path) => `${title}: there is no ${path}`),
    ];
  });
  expect(faults).toEqual([]);
});

test("the list has at least 40 breaks, each with a title of its own", () => {
  const titles = BREAKS.map(({ title }) => title);
  expect(titles.length).toBeGreaterThanOrEqual(40);
  expect(new Set(titles).size).toBe(titles.length);
});
