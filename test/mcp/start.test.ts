import { expect, test } from "vitest";
import { READY_MADE } from "../kit/portico/mcp.ts";
import { spawnProgram } from "../kit/program.ts";

/** Writes the name of every package of the protocol that is loaded to standard error. */
const HOOK = `import { registerHooks } from "node:module";
registerHooks({ resolve(name, context, next) {
  if (name.startsWith("@modelcontextprotocol/")) process.stderr.write("loads " + name);
  return next(name, context);
} });`;

/** What the program has loaded of the protocol when it answers. */
const loaded = async (env: Readonly<Record<string, string>>): Promise<string> => {
  const hook = `--import=data:text/javascript,${encodeURIComponent(HOOK)}`;
  const program = await spawnProgram({ env: { NODE_OPTIONS: hook, PERSISTED_OPERATIONS_FILE: READY_MADE, ...env } });
  await program.answers();
  return program.errors();
};

test("a start without MCP loads no package of the protocol", async () => {
  expect(await loaded({})).not.toContain("loads");
});

test("a start with MCP loads it before the program answers", async () => {
  expect(await loaded({ MCP: "on" })).toContain("loads @modelcontextprotocol/server");
});
