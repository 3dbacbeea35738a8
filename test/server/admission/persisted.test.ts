import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";
import { openFile } from "../../kit/portico/callers.ts";
import { byGet, byPost, codesIn, TRANSPORTS } from "../../kit/portico/transports.ts";

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const VIEWER = "query Viewer { viewer { name } }";
const DEVICES = "query Devices($n: Int!) { devices(first: $n) { totalCount } }";
const PUNCHES = "subscription Punches { punchAdded { cursor } }";
const OTHER = "{ viewer { scopes } }";
const manifestOf = (...texts: readonly string[]) => Object.fromEntries(texts.map((text) => [hashOf(text), text]));

/** The path of a manifest with this content. */
const fileOf = async (content: unknown): Promise<string> =>
  (await openFile(typeof content === "string" ? content : JSON.stringify(content))).path;

const start = async (mode: "optional" | "only", manifest: unknown = manifestOf(VIEWER, DEVICES, PUNCHES)) =>
  startPortico({}, { PERSISTED_OPERATIONS: mode, PERSISTED_OPERATIONS_FILE: await fileOf(manifest) });

const hashed = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(text) } } });

const ALL_TRANSPORTS = [["HTTP GET", byGet] as const, ...TRANSPORTS];

test.each(ALL_TRANSPORTS)("a stored document is executed by its hash or its ID over %s", async (_, ask) => {
  const portico = await start("optional");
  const data = { viewer: { name: expect.any(String) } };
  expect(await ask(portico, hashed(VIEWER))).toMatchObject({ data });
  expect(await ask(portico, { documentId: hashOf(VIEWER) })).toMatchObject({ data });
  expect(await ask(portico, { documentId: `sha256:${hashOf(VIEWER)}` })).toMatchObject({ data });
  expect(await ask(portico, { query: VIEWER, ...hashed(VIEWER) })).toMatchObject({ data });
  const devices = await ask(portico, { ...hashed(DEVICES), variables: { n: 5 } });
  expect(devices).toMatchObject({ data: { devices: { totalCount: 10 } } });
});

test.each(ALL_TRANSPORTS)(
  "if stored documents are optional, other documents are executed over %s but not stored",
  async (_, ask) => {
    const portico = await start("optional");
    expect(await ask(portico, { query: OTHER, ...hashed(OTHER) })).not.toHaveProperty("errors");
    expect(codesIn(await ask(portico, hashed(OTHER)))).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
    expect(codesIn(await ask(portico, { query: OTHER, ...hashed(VIEWER) }))).toEqual(["BAD_REQUEST"]);
  },
);

test.each(ALL_TRANSPORTS)(
  "if only stored documents are executed, every other one is rejected over %s",
  async (_, ask) => {
    const portico = await start("only");
    expect(await ask(portico, hashed(VIEWER))).not.toHaveProperty("errors");
    expect(await ask(portico, { query: VIEWER })).not.toHaveProperty("errors");
    const rejected = [
      { query: OTHER },
      { query: `${VIEWER} ` },
      { query: "{" },
      { query: "{ __typename }" },
      { query: OTHER, ...hashed(OTHER) },
      { documentId: "constructor" },
      hashed(OTHER),
    ];
    for (const payload of rejected) {
      const reply = await ask(portico, payload);
      expect(codesIn(reply), JSON.stringify(payload)).toEqual(["PERSISTED_OPERATION_REQUIRED"]);
      expect(reply).not.toHaveProperty("data");
      expect([400, null]).toContain(reply.status);
    }
  },
);

test.each(TRANSPORTS.slice(1))("a subscription may be a stored document over %s", async (_, ask) => {
  const portico = await start("only");
  const foreign = "subscription { punchAdded { gap } }";
  expect(codesIn(await ask(portico, { query: foreign }))).toEqual(["PERSISTED_OPERATION_REQUIRED"]);
  const first = ask(portico, hashed(PUNCHES));
  await expect.poll(portico.live.subscribers).toBe(1);
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "77001" });
  expect(await first).toMatchObject({ data: { punchAdded: { cursor: expect.any(String) } } });
});

test("a stored mutation is not executed by GET", async () => {
  const open = `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }`;
  const portico = await start("only", manifestOf(open));
  portico.upstream();
  const reply = await byGet(portico, hashed(open));
  expect([reply.status, codesIn(reply)]).toEqual([405, ["BAD_REQUEST"]]);
  expect(portico.upstream()).toEqual([]);
});

test("the cost of a stored document is limited like that of any other", async () => {
  const portico = await start("only");
  const reply = await byPost(portico, { ...hashed(DEVICES), variables: { n: 1_000_000 } });
  expect(codesIn(reply)).toEqual(["QUERY_TOO_EXPENSIVE"]);
});

test("without stored documents a hash alone is rejected with the code that makes clients stop sending hashes", async () => {
  const portico = await startPortico();
  expect(codesIn(await byPost(portico, hashed(VIEWER)))).toEqual(["PERSISTED_QUERY_NOT_SUPPORTED"]);
  expect(await byPost(portico, { query: VIEWER, ...hashed(VIEWER) })).not.toHaveProperty("errors");
});

const INVALID = "{ devicez { name } }";
const SYNTAX = "{ devices";

test.each([
  ["invalid JSON", "{", /PERSISTED_OPERATIONS_FILE: the file must be a JSON object/],
  ["a list", [], /PERSISTED_OPERATIONS_FILE: the file must be a JSON object/],
  [
    "the hash of another document",
    { [hashOf(VIEWER)]: DEVICES },
    new RegExp(`"${hashOf(VIEWER)}": .* is ${hashOf(DEVICES)}`),
  ],
  ["a number as a document", { [hashOf(VIEWER)]: 1 }, new RegExp(`"${hashOf(VIEWER)}": the document must be a string`)],
  [
    "a document that does not match the schema",
    manifestOf(VIEWER, INVALID),
    new RegExp(`${hashOf(INVALID)}: Cannot query`),
  ],
  ["a document with a syntax error", manifestOf(SYNTAX), new RegExp(`${hashOf(SYNTAX)}: Syntax Error`)],
])("a manifest with %s prevents the start, and the error names the hash", async (_, manifest, message) => {
  await expect(start("optional", manifest)).rejects.toThrow(message);
});

test("a missing manifest prevents the start", async () => {
  const env = { PERSISTED_OPERATIONS_FILE: "/nowhere/documents.json" };
  await expect(startPortico({}, env)).rejects.toThrow("PERSISTED_OPERATIONS_FILE: the file cannot be read (ENOENT).");
});
