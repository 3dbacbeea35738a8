import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { lookupIn, type MemberLookup, type Members } from "../../../src/contract/lookup.ts";
import { valuesNamed } from "../../../src/events/ingress/decode/members.ts";
import { createRandom, type Random } from "../../execution/generated.ts";

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

/** The plain way: a Map of all names in small letters, for each body. */
const plainLookupIn = (members: Members) => {
  const byName = new Map<string, unknown>();
  for (const [name, value] of Object.entries(members)) {
    const key = name.toLowerCase();
    if (isEmpty(byName.get(key))) byName.set(key, value);
  }
  return (...names: readonly string[]) =>
    names.map((name) => byName.get(name.toLowerCase())).find((value) => !isEmpty(value));
};

const plainValuesNamed = (members: Members, wanted: string) =>
  Object.entries(members)
    .filter(([name]) => name.toLowerCase() === wanted.toLowerCase())
    .map(([, value]) => value);

const ASKED = [
  "DeviceSN",
  "SerialNumber",
  "stgid",
  "Type",
  "AuthToken",
  "EmployeeCode",
  "UserID",
  "__proto__",
  "constructor",
];
const VALUES = [null, "", 0, false, "x", "y", 7, { Type: "card" }];
const SEED = 20_260_621;
const BODIES = 20_000;

const pick = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random() * items.length)] as Item;

/** Spellings in any case; the letters K and I also as Unicode has them beside those of ASCII. */
const spelled = (name: string, random: Random): string => {
  const text = name.replaceAll(/./g, (letter) => (random() < 0.2 ? letter.toUpperCase() : letter));
  return random() < 0.05 ? text.replace("k", "\u212A").replace("I", "\u0130") : text;
};

/** As a parser makes it: it also makes a member named `__proto__`. */
const bodyOf = (random: Random): Members => {
  const count = random() < 0.05 ? 60 + Math.floor(random() * 20) : Math.floor(random() * 10);
  const members = Array.from({ length: count }, (_each, index) => {
    const name = random() < 0.8 ? spelled(pick(ASKED, random), random) : `other${index}`;
    return `${JSON.stringify(name)}:${JSON.stringify(pick(VALUES, random))}`;
  });
  return JSON.parse(`{${members.join()}}`) as Members;
};

test("members are found as in a table of all names in small letters, 20,000 bodies of many shapes", () => {
  const random = createRandom(SEED);
  let known: readonly Members[] = [];
  for (let count = 0; count < BODIES; count += 1) {
    const body = bodyOf(random);
    const name = () => pick(ASKED, random);
    const choices: readonly Parameters<MemberLookup>[] = [[name()], [name(), name()], [name(), name(), name()]];
    const names = pick(choices, random);
    known = [body, ...known].slice(0, 4);
    // The shapes are remembered: what was asked of one body must not answer for another.
    for (const each of known) {
      const found = [lookupIn(each)(...names), ...names.map((name) => valuesNamed(each, name ?? ""))];
      const plain = [
        plainLookupIn(each)(...(names as readonly string[])),
        ...names.map((name) => plainValuesNamed(each, name ?? "")),
      ];
      assert.deepStrictEqual(found, plain);
    }
  }
});

test("bodies with the same names in another order or another case are not confused", () => {
  const first = { devicesn: "", DeviceSN: "A", Type: "face" };
  const second = { DeviceSN: "B", devicesn: "C", Type: "face" };
  const third = { DEVICESN: "D", devicesn: "C", Type: "face" };
  for (let time = 0; time < 3; time += 1) {
    expect(lookupIn(first)("DeviceSN")).toBe("A");
    expect(lookupIn(second)("DeviceSN")).toBe("B");
    expect(lookupIn(third)("DeviceSN")).toBe("D");
  }
});
