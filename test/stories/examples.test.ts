import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { OPERATION_NAMES, OPERATIONS } from "../../src/contract/operations.ts";
import { missing } from "../kit/missing.ts";
import { startPortico } from "../kit/portico/app.ts";

const folder = new URL("../../examples/", import.meta.url);

const example = (name: string): string => readFileSync(new URL(`${name}.graphql`, folder), "utf8");

/** All URLs in a response. */
const urlsIn = (value: unknown): string[] => {
  if (typeof value === "string") return URL.canParse(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(urlsIn) : [];
};

const examples = readdirSync(folder)
  .filter((file) => file.endsWith(".graphql"))
  .map((file) => basename(file, ".graphql"));

/** Operations whose example exists; the first test names the others. */
const withExample = OPERATION_NAMES.filter((name) => examples.includes(name));

test("every gateway operation has one example", () => {
  expect([
    ...missing(OPERATION_NAMES, examples, (name) => `${name} has no example: add examples/${name}.graphql`),
    ...missing(
      examples,
      OPERATION_NAMES,
      (name) =>
        `${name} is not in the contract: add it to src/contract/operations.ts or remove examples/${name}.graphql`,
    ),
  ]).toEqual([]);
});

test("every example calls its gateway operation", async () => {
  const portico = await startPortico();
  for (const name of withExample) {
    portico.upstream();
    const { data, errors } = await portico.ask<Record<string, unknown>, unknown>(example(name));
    expect(errors, name).toBeUndefined();
    expect(JSON.stringify(data), name).not.toMatch(/"userErrors":\[\{/);
    const [link] = urlsIn(data).filter((url) => url.startsWith(portico.url));
    if (link !== undefined) {
      const download = await fetch(link);
      expect(download.status, name).toBe(200);
      expect((await download.bytes()).length, name).toBeGreaterThan(0);
    }
    expect(portico.upstream(), name).toContain(name);
  }
});

test("an example that changes something sends its request once", async () => {
  const portico = await startPortico();
  for (const name of withExample.filter((each) => OPERATIONS[each].safety !== "read")) {
    portico.upstream();
    await portico.ask<unknown, unknown>(example(name));
    expect(
      portico.upstream().filter((each) => each === name),
      name,
    ).toEqual([name]);
  }
});

test("an example that reads returns rows", async () => {
  const portico = await startPortico();
  for (const name of withExample.filter((each) => /^(Get|List|Find|Check|Migration)/.test(each))) {
    if (name === "GetCommandStatus") continue;
    const { data } = await portico.ask<unknown, unknown>(example(name));
    expect(JSON.stringify(data), name).not.toMatch(/"(nodes|edges|migrations)":\[\]|^\{"[a-z]+":null\}/i);
  }
});
