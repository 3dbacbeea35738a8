import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openFile, type TestFile } from "../kit/portico/callers.ts";
import { spawnProgram } from "../kit/program.ts";
import { until } from "../kit/until.ts";

const PAGE = "https://app.example.com";
const STORED = "query Stored { viewer { name } }";
const OTHER = "query Other { viewer { scopes } }";
const DEEP = "{ devices { nodes { doors { device { serialNumber } } } } }";

interface LogLine {
  readonly message: string;
  readonly faults?: readonly string[];
  readonly variables?: readonly string[];
}

const startWith = async (
  settings: TestFile,
  env: Readonly<Record<string, string>> = {},
  whileStarting: () => Promise<void> = () => Promise.resolve(),
) => {
  const program = await spawnProgram({ env: { SETTINGS_FILE: settings.path, ...env }, stdout: "pipe" });
  const lines: LogLine[] = [];
  let rest = "";
  program.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part) as LogLine));
  });
  await whileStarting();
  await program.answers();
  await until(() => lines.some(({ message }) => message === "listening"));
  const send = async (body: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${program.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close", ...headers },
      body: JSON.stringify(body),
    });
    return response.text();
  };
  const logged = (message: string) => lines.filter((line) => line.message === message);
  return {
    program,
    logged,
    /** What clients notice of the settings: whether a deep document, a stored one, another one and a page are served. */
    served: async () => {
      const answers = await Promise.all([
        send({ query: DEEP }),
        send({ documentId: "stored" }),
        send({ documentId: "other" }),
        send({ query: STORED }, { origin: PAGE }),
      ]);
      const [deep, stored, other, page] = answers.map((text) => text.includes(`"data":{`));
      return { deep, stored, other, page };
    },
    hangUp: () => program.child.kill("SIGHUP"),
  };
};

test("SIGHUP reads limits, origins and stored documents again, and says what needs a restart", async () => {
  const documents = await openFile(JSON.stringify({ stored: STORED }));
  const more = await openFile(JSON.stringify({ stored: STORED, other: OTHER }));
  const settings = await openFile(`LIMIT_DEPTH=4\nPERSISTED_OPERATIONS_FILE=${documents.path}\n`);
  const { served, hangUp, logged, program } = await startWith(settings);
  expect(await served()).toEqual({ deep: false, stored: true, other: false, page: false });
  const next = [
    "LIMIT_DEPTH=12",
    `ACCESS_ORIGINS=${PAGE}`,
    `PERSISTED_OPERATIONS_FILE=${more.path}`,
    "LIMIT_SOCKETS=7",
  ];
  await settings.replace(next.join("\n"));
  hangUp();
  await until(() => logged("configuration reloaded").length > 0);
  expect(await served()).toEqual({ deep: true, stored: true, other: true, page: true });
  expect(logged("variables changed that take effect after a restart only")[0]?.variables).toEqual(["LIMIT_SOCKETS"]);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});

test.each([
  ["a limit is invalid", "LIMIT_DEPTH=none", /^LIMIT_DEPTH must be /],
  [
    "a document is not valid",
    "PERSISTED_OPERATIONS_FILE=INVALID",
    /^PERSISTED_OPERATIONS_FILE: other: Cannot query field/,
  ],
])("nothing is applied when %s", async (_, line, fault) => {
  const documents = await openFile(JSON.stringify({ stored: STORED }));
  const invalid = await openFile(JSON.stringify({ other: "{ unknown }" }));
  const settings = await openFile(`PERSISTED_OPERATIONS_FILE=${documents.path}`);
  const { served, hangUp, logged } = await startWith(settings);
  const before = { deep: true, stored: true, other: false, page: false };
  expect(await served()).toEqual(before);
  await settings.replace(`ACCESS_ORIGINS=${PAGE}\nLIMIT_ALIASES=3\n${line.replace("INVALID", invalid.path)}`);
  hangUp();
  await until(() => logged("configuration not reloaded; the one in force stays").length > 0);
  expect(logged("configuration not reloaded; the one in force stays")[0]?.faults).toEqual([
    expect.stringMatching(fault),
  ]);
  expect(await served()).toEqual(before);
});

test("a change of a file is enough", async () => {
  const documents = await openFile(JSON.stringify({ stored: STORED }));
  const settings = await openFile(`PERSISTED_OPERATIONS_FILE=${documents.path}`);
  const { served } = await startWith(settings);
  expect(await served()).toMatchObject({ other: false });
  await documents.replace(JSON.stringify({ stored: STORED, other: OTHER }));
  await until(async () => (await served()).other, { timeoutMs: 15_000, intervalMs: 100 });
});

test("a change of the file while the program starts is not missed", { timeout: 40_000 }, async () => {
  const settings = await openFile("LIMIT_DEPTH=4");
  let connections = 0;
  const silent = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  // The program waits for a store that does not answer.
  const { served } = await startWith(settings, { REDIS_URL: `redis://127.0.0.1:${port}` }, async () => {
    await until(() => connections > 0, { timeoutMs: 15_000 });
    await settings.replace("LIMIT_DEPTH=12");
  });
  await until(async () => (await served()).deep, { timeoutMs: 5_000, intervalMs: 100 });
});
