import fc from "fast-check";
import { expect, test } from "vitest";
import { lookupIn, type Members, valuesNamed } from "../../../src/events/ingress/decode/members.ts";

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
/** Spellings in any case; the letters K and I also as Unicode has them beside those of ASCII. */
const spelling = fc
  .tuple(fc.constantFrom(...ASKED), fc.array(fc.boolean(), { maxLength: 12 }), fc.boolean())
  .map(([name, capitals, exotic]) => {
    const letters = [...name].map((letter, index) => (capitals[index] === true ? letter.toUpperCase() : letter));
    return exotic ? letters.join("").replace("k", "\u212A").replace("I", "\u0130") : letters.join("");
  });
const value = fc.oneof(fc.constantFrom(null, "", 0, false, "x"), fc.integer(), fc.object({ maxDepth: 1 }));
const member = fc.tuple(fc.oneof({ weight: 4, arbitrary: spelling }, { weight: 1, arbitrary: fc.string() }), value);
/** As a parser makes it: it also makes a member named `__proto__`. */
const bodyOf = (members: readonly (readonly [string, unknown])[]): Members =>
  JSON.parse(`{${members.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`).join()}}`) as Members;
const body = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(member, { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(member, { minLength: 60, maxLength: 80 }) },
  )
  .map(bodyOf);

test("members are found as in a table of all names in small letters, 20,000 bodies of many shapes", () => {
  const asked = fc.array(fc.constantFrom(...ASKED), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 4 }), asked, (bodies, names) => {
      // The shapes are remembered: what was asked of one body must not answer for another.
      for (const each of [...bodies, ...bodies.toReversed()]) {
        expect(lookupIn(each)(...names)).toBe(plainLookupIn(each)(...names));
        for (const name of names) expect(valuesNamed(each, name)).toEqual(plainValuesNamed(each, name));
      }
    }),
    { seed: 20_260_621, numRuns: 8_000 },
  );
});

test("bodies with the same names in another order or another case are told apart", () => {
  const first = { devicesn: "", DeviceSN: "A", Type: "face" };
  const second = { DeviceSN: "B", devicesn: "C", Type: "face" };
  const third = { DEVICESN: "D", devicesn: "C", Type: "face" };
  for (let time = 0; time < 3; time += 1) {
    expect(lookupIn(first)("DeviceSN")).toBe("A");
    expect(lookupIn(second)("DeviceSN")).toBe("B");
    expect(lookupIn(third)("DeviceSN")).toBe("D");
  }
});
