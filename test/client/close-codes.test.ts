import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CLOSE_ACTIONS } from "../../src/client/index.ts";
import { CLOSE_CODES } from "../../src/server/transports/websocket/protocol.ts";
import { closeActionTable } from "../../scripts/error-tables.ts";

test("the client knows every close code whose table says more than to connect again", () => {
  const codes = Object.values(CLOSE_CODES);
  const ending = codes.filter(({ retry }) => retry === "no, correct the client").map(({ code }) => [code, "end"]);
  const asking = codes.filter(({ retry }) => retry.includes("credential")).map(({ code }) => [code, "credentials"]);
  expect(CLOSE_ACTIONS).toEqual(Object.fromEntries([...ending, ...asking, [CLOSE_CODES.Restart.code, "at once"]]));
});

test("docs/clients.md has the table of what the client does; if it does not, run `npm run generate`", () => {
  const text = readFileSync(new URL("../../docs/clients.md", import.meta.url), "utf8");
  expect(text).toContain(`<!-- close-actions -->\n${closeActionTable()}\n<!-- /close-actions -->`);
});
