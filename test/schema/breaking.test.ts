import { expect, test } from "vitest";
import { breakingChanges, unannounced } from "../../scripts/breaking.ts";
import { readReleased } from "../../scripts/releases.ts";

const { released, current, changelog } = readReleased();

test("the changelog names every breaking change since the last release", async () => {
  expect(unannounced(await breakingChanges(released, current), changelog)).toEqual([]);
});

test.each([
  [
    "a removed field",
    "  serialNumber: String!\n  status: DeviceStatus",
    "  status: DeviceStatus",
    "Device.serialNumber",
  ],
  ["a nullable field that became non-null", "totalCount: Int", "totalCount: Int!", null],
  ["a field of another type", "hours: Float", "hours: String", "AttendanceDay.hours"],
  ["an input field that became required", "doorNumber: Int! = 1", "doorNumber: Int!", "LockDoorInput.doorNumber"],
  ["an argument that became required", "number: Int! = 1\n", "number: Int!\n", "Query.door.number"],
  ["a removed enum value", "  OFFLINE\n", "", "DeviceStatus.OFFLINE"],
  [
    "an entity without its key",
    `type Door implements Node @key(fields: "device { serialNumber } number")`,
    "type Door implements Node",
    "Door.@key",
  ],
  ["a type that is no longer shareable", "type PageInfo @shareable", "type PageInfo", "PageInfo.@shareable"],
])("%s is classified as breaking or not", async (_change, before, after, path) => {
  const plain = current.replaceAll(/^ *"""[^]*?"""\n/gm, "");
  expect(plain).toContain(before);
  const changes = await breakingChanges(plain, plain.replace(before, after));
  expect(changes.map((change) => change.path)).toEqual(path === null ? [] : expect.arrayContaining([path]));
});

test("a breaking change is allowed once the changelog names it under Unreleased, Breaking", async () => {
  const changes = await breakingChanges(current, current.replace("type Punch implements Node", "type Punch"));
  expect(changes).not.toEqual([]);
  const entry = changes.map(({ path }) => `- \`${path}\`: gone.`).join("\n");
  const log = (text: string) => `# Changelog\n\n## Unreleased\n\n${text}\n\n## 0.1.0\n\n- First.\n`;
  expect(unannounced(changes, log(`### Breaking\n\n${entry}`))).toEqual([]);
  expect(unannounced(changes, log(`### Added\n\n${entry}`))).toEqual(changes);
  expect(unannounced(changes, log(`### Breaking\n\n- Something else.`))).toEqual(changes);
  expect(unannounced(changes, `${log("- Nothing.")}\n### Breaking\n\n${entry}`)).toEqual(changes);
});
