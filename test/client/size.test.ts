import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { build } from "vite";
import { ROOT } from "../kit/program.ts";

/** Kilobytes that a page loads for the client, without graphql-ws. */
const MAX_BYTES = 6 * 1024;

test("a minified client has at most 6 KB after compression, and needs nothing but graphql-ws", async () => {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: true,
      rolldownOptions: { input: "src/client/index.ts", preserveEntrySignatures: "strict", external: /^graphql-ws/ },
    },
  });
  const outputs = [built].flat().flatMap((each) => ("output" in each ? each.output : []));
  const chunks = outputs.filter((output) => output.type === "chunk");
  expect(chunks.flatMap(({ imports }) => imports)).toEqual(["graphql-ws/client"]);
  const [code = ""] = chunks.map((chunk) => chunk.code);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(MAX_BYTES);
});

/** Lines that a team writes for a snapshot that is followed without a hole, beside imports and documents. */
const MAX_LINES = 15;

test.each(["plain.ts", "urql.ts", "apollo.ts", "relay.ts", "react.tsx"])(
  "examples/clients/%s has at most 15 lines",
  (name) => {
    const lines = readFileSync(join(ROOT, "examples/clients", name), "utf8").split("\n");
    expect(lines.filter((line) => !/^(import .*|\/\*\*.*|)$/.test(line)).length).toBeLessThanOrEqual(MAX_LINES);
  },
);
