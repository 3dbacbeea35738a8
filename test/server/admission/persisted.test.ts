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

const APOLLO = { format: "apollo-persisted-query-manifest", version: 1 };
const sha1Of = (text: string): string => createHash("sha1").update(text).digest("hex");
const md5Of = (text: string): string => createHash("md5").update(text).digest("hex");

/** A manifest as each generator writes it, and the ID of its document. */
const GENERATED: readonly (readonly [generator: string, manifest: unknown, id: string])[] = [
  ["graphql-codegen", { [hashOf(VIEWER)]: VIEWER }, hashOf(VIEWER)],
  ["graphql-codegen with a prefix", { [`sha256:${hashOf(VIEWER)}`]: VIEWER }, hashOf(VIEWER)],
  ["graphql-codegen with SHA-1", { [sha1Of(VIEWER)]: VIEWER }, sha1Of(VIEWER)],
  ["Relay", { [md5Of(VIEWER)]: VIEWER, [md5Of(DEVICES)]: DEVICES }, md5Of(VIEWER)],
  ["Relay with its own IDs", { "Viewer.v7/Ä": VIEWER }, "Viewer.v7/Ä"],
  [
    "Apollo",
    { ...APOLLO, operations: [{ id: hashOf(VIEWER), name: "Viewer", type: "query", body: VIEWER }] },
    hashOf(VIEWER),
  ],
  [
    "Apollo with the hash of another form",
    { ...APOLLO, operations: [{ id: hashOf(OTHER), body: VIEWER }] },
    hashOf(OTHER),
  ],
  [
    "Apollo with IDs of its client",
    { ...APOLLO, operations: [{ id: "web-12", clientName: "web", body: VIEWER }] },
    "web-12",
  ],
];

test.each(GENERATED)("a document of a manifest of %s is found by its ID", async (_, manifest, id) => {
  const portico = await start("only", manifest);
  const data = { viewer: { name: expect.any(String) } };
  const forms = [
    { documentId: id },
    { documentId: `sha256:${id}` },
    { extensions: { persistedQuery: { sha256Hash: id } } },
  ];
  if (/^[\da-f]+$/.test(id)) forms.push({ documentId: id.toUpperCase() });
  for (const form of forms) {
    expect(await byPost(portico, form), JSON.stringify(form)).toMatchObject({ data });
    expect(await byGet(portico, form), JSON.stringify(form)).toMatchObject({ data });
  }
  expect(await byPost(portico, { query: VIEWER })).toMatchObject({ data });
  expect(codesIn(await byPost(portico, { documentId: `${id}0` }))).toEqual(["PERSISTED_OPERATION_REQUIRED"]);
});

test("clients of automatically persisted queries recognize the messages", async () => {
  const plain = await startPortico();
  const storing = await start("optional");
  for (const accept of ["application/json", "application/graphql-response+json", "*/*"]) {
    const messageOf = async ({ url }: { readonly url: string }) => {
      const headers = { "content-type": "application/json", accept };
      const body = JSON.stringify({ operationName: "A", variables: {}, ...hashed(OTHER) });
      const response = await fetch(`${url}/graphql`, { method: "POST", headers, body });
      return ((await response.json()) as { errors: { message: string }[] }).errors.map(({ message }) => message);
    };
    expect(await messageOf(plain)).toEqual(["PersistedQueryNotSupported"]);
    expect(await messageOf(storing)).toEqual(["PersistedQueryNotFound"]);
  }
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
  ["two documents of one ID", { abc: VIEWER, "sha256:ABC": DEVICES }, /"sha256:ABC": two documents have this ID/],
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

test.each([
  ["a number", 1],
  ["nested maps", { version: 1, documents: { [hashOf(VIEWER)]: VIEWER } }],
  ["an Apollo manifest without a format", { version: 1, operations: [{ id: "a", body: VIEWER }] }],
  ["an Apollo manifest without operations", APOLLO],
  ["an Apollo manifest with a map of operations", { ...APOLLO, operations: { a: VIEWER } }],
  ["an Apollo operation without a body", { ...APOLLO, operations: [{ id: "a", body: VIEWER }, { id: "b" }] }],
  ["an Apollo operation that is null", { ...APOLLO, operations: [null] }],
  ["a map with several documents that are not text", { a: null, b: 1, c: VIEWER }],
])("a file of another format is one fault that names the formats: %s", async (_, manifest) => {
  const fault = await start("optional", manifest).catch((error: unknown) => error);
  const { faults } = fault as { readonly faults: readonly string[] };
  expect(faults).toHaveLength(1);
  for (const name of ["graphql-codegen", "Relay", "Apollo", "apollo-persisted-query-manifest"])
    expect(faults[0]).toContain(name);
});

test.each([
  ["an empty object", {}, "the file must contain at least one document; received none"],
  ["no operations", { ...APOLLO, operations: [] }, "the file must contain at least one document; received none"],
  ["version 2", { ...APOLLO, version: 2, operations: [] }, `"version" must be 1; received "2"`],
  ["no version", { format: APOLLO.format, operations: [] }, `"version" must be 1; received "nothing"`],
])("a manifest with %s prevents the start", async (_, manifest, fault) => {
  await expect(start("optional", manifest)).rejects.toThrow(`PERSISTED_OPERATIONS_FILE: ${fault}.`);
});

test("a manifest and a body may begin with a byte order mark", async () => {
  const portico = await start("only", `\uFEFF${JSON.stringify(manifestOf(VIEWER))}`);
  const response = await fetch(`${portico.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `\uFEFF${JSON.stringify({ query: VIEWER })}`,
  });
  expect(await response.json()).toMatchObject({ data: { viewer: {} } });
});

test.each(ALL_TRANSPORTS)(
  "a hash that is missing, or is that of another document, is a clear error over %s",
  async (_, ask) => {
    for (const portico of [await startPortico(), await start("optional")]) {
      for (const persistedQuery of [{ version: 1 }, { version: 1, sha256Hash: null }, { sha256Hash: "" }, true]) {
        const { errors } = (await ask(portico, { query: "", extensions: { persistedQuery } })) as Refused;
        expect(errors).toMatchObject([{ message: expect.stringContaining("persistedQuery.sha256Hash") }]);
      }
      for (const sha256Hash of [hashOf(VIEWER), hashOf("x"), "x"]) {
        const reply = await ask(portico, { query: OTHER, extensions: { persistedQuery: { version: 1, sha256Hash } } });
        expect(codesIn(reply)).toEqual(["BAD_REQUEST"]);
      }
    }
  },
);

interface Refused {
  readonly errors?: unknown;
}

test("a missing manifest prevents the start", async () => {
  const env = { PERSISTED_OPERATIONS_FILE: "/nowhere/documents.json" };
  await expect(startPortico({}, env)).rejects.toThrow("PERSISTED_OPERATIONS_FILE: the file cannot be read (ENOENT).");
});
