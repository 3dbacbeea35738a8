import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { keyFile, openFile } from "../kit/portico/callers.ts";
import { connectMcp, READY_MADE, textOf } from "../kit/portico/mcp.ts";

const GUIDE = new URL("../../docs/agents.md", import.meta.url);

/** What stands between the markers of the transcript in the guide. */
const written = (): string =>
  /<!-- transcript -->\n```text\n([^]*?)\n```\n<!-- \/transcript -->/.exec(readFileSync(GUIDE, "utf8"))?.[1] ?? "";

/** Breaks text as a terminal does, between members. */
const wrapped = (text: string): string =>
  (text.match(/.{1,128}(?:[, ]|$)/g) ?? []).map((line) => line.trimEnd()).join("\n  ");

/** Times depend on the run; all else is the same each time. */
const steady = (text: string): string =>
  text
    .replace(/T04:00:[0-2]\dZ/g, "T04:00:00Z")
    .replace(/T04:00:[3-5]\dZ/g, "T04:00:30Z")
    .replace(/of \d+ seconds ago/, "of 3 seconds ago")
    .replace(/after \d+ more/, "after 117 more");

test("docs/agents.md has the transcript of this session", async () => {
  const scopes = ["devices:read", "users:read", "doors:control"];
  const keys = await openFile(keyFile({ reception: { scopes }, reporting: { scopes: ["devices:read"] } }));
  const env = { MCP: "on", PERSISTED_OPERATIONS_FILE: READY_MADE, ACCESS_API_KEYS_FILE: keys.path };
  const portico = await startPortico({}, env);
  const lines: string[] = [];
  const session = async (key: string) => {
    const { client, call } = await connectMcp(portico.url, { key });
    const { tools } = await client.listTools();
    lines.push(`${key}> tools/list`);
    for (const { name, annotations } of tools)
      lines.push(`  ${name}${annotations?.destructiveHint === true ? " (changes something)" : ""}`);
    return async (tool: string, values: Record<string, unknown>) => {
      lines.push("", wrapped(`${key}> ${tool} ${JSON.stringify(values)}`));
      const result = await call(tool, values);
      lines.push(wrapped(`  ${result.isError === true ? "ERROR " : ""}${steady(textOf(result))}`));
    };
  };

  const reception = await session("reception");
  await reception("SearchPeople", { serialNumber: "SN7A2300583", search: "asha" });
  await reception("EnrollmentStatus", { employeeCode: "1042" });
  await reception("OpenDoor", { serialNumber: "SN7A2300583" });
  const visit = { serialNumber: "SN7A2300583", reason: "Asha N (1042) forgot her card; reception checked her badge." };
  await reception("OpenDoor", visit);
  await reception("OpenDoor", visit);
  lines.push("");
  const reporting = await session("reporting");
  await reporting("OpenDoor", visit);

  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(1);
  expect(lines.join("\n")).toBe(written());
});
