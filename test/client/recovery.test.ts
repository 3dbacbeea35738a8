import { expect, onTestFinished, test } from "vitest";
import { ADDED, TODAY } from "../../examples/clients/documents.ts";
import { createClient, memoryCursors, type PorticoClientOptions } from "../../src/client/index.ts";
import { PUNCH, pageOf, RawAnswer, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { until } from "../kit/until.ts";

const TRANSPORTS = ["websocket", "sse"] as const;
const SCOPES = { scopes: ["attendance:read", "users:read"] };

const clientOf = ({ url }: TestApp, options: Partial<PorticoClientOptions> = {}) =>
  createClient({ url: `${url}/graphql`, backoff: { baseMs: 20, maxMs: 200 }, ...options });

const punch = ({ sandbox }: TestApp, ...codes: readonly string[]) => {
  for (const EmployeeCode of codes) {
    sandbox.clock.advance(1_000);
    sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode });
  }
};

/** Subscribes and collects the employee codes that are taken; `take` may delay or refuse one. */
const collect = (
  client: ReturnType<typeof createClient>,
  more: { name?: string; take?: (code: string) => unknown } = {},
) => {
  const codes: string[] = [];
  const states: string[] = [];
  const stop = client.subscribe(
    { document: ADDED, ...(more.name === undefined ? {} : { name: more.name }) },
    {
      async next({ data }) {
        const code = data?.punchAdded.punch.user.employeeCode ?? "";
        await more.take?.(code);
        codes.push(code);
      },
      state: ({ status }) => void states.push(status),
    },
  );
  onTestFinished(stop);
  return { codes, states, stop, isLive: () => states.at(-1) === "live" };
};

test.each(TRANSPORTS)("a key that is replaced while a stream is open is asked for again over %s", async (transport) => {
  const file = await openFile(keyFile({ old: SCOPES, new: SCOPES }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
  const asked: boolean[] = [];
  let key = "old";
  const credentials = ({ isRefused }: { readonly isRefused: boolean }) => {
    asked.push(isRefused);
    if (isRefused) key = "new";
    return bearer(keyOf(key));
  };
  const stream = collect(clientOf(portico, { transport, credentials }));
  await until(stream.isLive);
  await file.replace(keyFile({ new: SCOPES }));
  await until(() => asked.includes(true), { timeoutMs: 15_000 });
  await until(stream.isLive);
  punch(portico, "t01");
  await until(() => stream.codes.includes("t01"));
  expect(asked).toEqual([false, true]);
});

test.each(TRANSPORTS)("a key that is refused twice ends the rows as unauthorized over %s", async (transport) => {
  const file = await openFile(keyFile({ good: SCOPES }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
  let asked = 0;
  const credentials = () => {
    asked += 1;
    return bearer(keyOf("stranger"));
  };
  const client = clientOf(portico, { transport, credentials });
  const reasons: unknown[] = [];
  const state = (value: object) => void ("reason" in value && reasons.push(value.reason));
  client.subscribe({ document: ADDED }, { next: () => {}, state });
  await until(() => reasons.length > 0);
  expect({ reasons, asked }).toEqual({ reasons: ["unauthorized"], asked: 2 });
  const rows = client.follow({
    snapshot: TODAY,
    rows: () => [],
    subscription: ADDED,
    row: () => null,
    key: () => "",
  });
  onTestFinished(rows.subscribe(() => {}));
  await until(() => rows.getSnapshot().state.status === "closed");
  expect(rows.getSnapshot().state).toMatchObject({ reason: "unauthorized" });
});

test("a document that the server refuses ends with its errors", async () => {
  const portico = await startPortico();
  const errors: unknown[] = [];
  const error = (found: readonly { readonly message: string }[]) => void errors.push(...found);
  clientOf(portico).subscribe({ document: "subscription { nothing }" }, { next: () => {}, error });
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
});

test.each(TRANSPORTS)("a named stream continues behind the last event that was taken over %s", async (transport) => {
  const portico = await startPortico();
  const cursors = memoryCursors();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const take = (code: string) => (code === "s03" ? held : undefined);
  const first = collect(clientOf(portico, { transport, cursors }), { name: "payroll", take });
  await until(first.isLive);
  punch(portico, "s01", "s02", "s03", "s04");
  await until(() => first.codes.length === 2);
  // As a program that ends while it writes the third one.
  first.stop();
  const second = collect(clientOf(portico, { transport, cursors }), { name: "payroll" });
  await until(() => second.codes.length === 2);
  expect([first.codes, second.codes]).toEqual([
    ["s01", "s02"],
    ["s03", "s04"],
  ]);
  release();
});

test("an event that its consumer rejects is delivered again, and the later ones wait for it", async () => {
  const portico = await startPortico();
  let failures = 2;
  const take = (code: string) => {
    if (code !== "f02" || failures === 0) return;
    failures -= 1;
    throw new Error("The database is away.");
  };
  const stream = collect(clientOf(portico), { take });
  await until(stream.isLive);
  punch(portico, "f01", "f02", "f03");
  await until(() => stream.codes.length === 3);
  expect(stream.codes).toEqual(["f01", "f02", "f03"]);
  expect(stream.states).toContain("offline");
});

test.each(TRANSPORTS)(
  "a consumer that is slower than 1,500 events gets each of them once over %s",
  async (transport) => {
    const portico = await startPortico({ people: 5 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fast = collect(clientOf(portico));
    const stream = collect(clientOf(portico, { transport }), { take: () => held });
    await until(() => stream.isLive() && fast.isLive());
    const sent = Array.from({ length: 1_500 }, (_, index) => `n${index}`);
    punch(portico, ...sent);
    await until(() => fast.codes.length === sent.length, { timeoutMs: 15_000 });
    release();
    await until(() => stream.codes.length >= sent.length, { timeoutMs: 15_000 });
    expect(stream.codes).toEqual(sent);
  },
  60_000,
);

test("a stored position that is not a cursor is a gap, and the stream goes on", async () => {
  const portico = await startPortico();
  const cursors = memoryCursors();
  await cursors.set("wall", "not a cursor");
  const stream = collect(clientOf(portico, { cursors }), { name: "wall" });
  await until(stream.isLive);
  punch(portico, "g01");
  await until(() => stream.codes.includes("g01"));
  expect(stream.states).toContain("gap");
});

/** Follows the punches of today and collects the states. */
const followToday = (portico: TestApp) => {
  const rows = clientOf(portico).follow({
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: ({ id }) => id,
  });
  const states: string[] = [];
  onTestFinished(rows.subscribe(({ state }) => void states.push(state.status)));
  return { rows, states };
};

test("rows whose snapshot fails for a moment say when they try again", async () => {
  const portico = await startPortico();
  const fault = portico.sandbox.faults.add({ operation: "GetTodayAttendance", kind: "5xx", status: 500, times: null });
  const { rows, states } = followToday(portico);
  await until(() => states.includes("offline"), { timeoutMs: 15_000 });
  portico.sandbox.faults.clear(fault);
  await until(() => states.at(-1) === "live", { timeoutMs: 15_000 });
  expect(rows.getSnapshot().rows.length).toBeGreaterThan(0);
});

test.each([
  ["shows a page of maintenance", new RawAnswer(Buffer.from("<html>back soon</html>"))],
  ["rejects the token of the server", { http: 401, Status: "API_RESPONSE_INVALID_AUTHTOKEN", StatusCode: 7 }],
] as const)("rows are read again while the gateway %s", async (_kind, answer) => {
  const portico = await startOnScratch({ GetTodayAttendance: answer });
  const { rows, states } = followToday(portico);
  await until(() => states.includes("offline"), { timeoutMs: 15_000 });
  const today = { Date: "2026-11-20", AsOf: "2026-11-20 03:30:00 GMT +0000" };
  portico.answers.GetTodayAttendance = { ...today, ...pageOf("AttendanceLogs", [PUNCH]) };
  await until(() => states.at(-1) === "live", { timeoutMs: 15_000 });
  expect(rows.getSnapshot().rows).toHaveLength(1);
});

/** Server-sent events through a router that connects again by itself and loses the second event, as `previousCursor` shows. */
const losingRouter: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) return response;
  let previousCursor: string | null = null;
  let count = 0;
  let rest = "";
  const relay = new TransformStream<string, string>({
    transform(chunk, controller) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, id = "", json] = /^id: (.*)\nevent: next\ndata: (.*)$/m.exec(block) ?? [];
        if (json === undefined) {
          controller.enqueue(`${block}\n\n`);
          continue;
        }
        count += 1;
        const extensions = { previousCursor };
        const result = { ...(JSON.parse(json) as object), extensions };
        if (count !== 2) controller.enqueue(`id: ${id}\nevent: next\ndata: ${JSON.stringify(result)}\n\n`);
        previousCursor = id;
      }
    },
  });
  const body = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(relay)
    .pipeThrough(new TextEncoderStream());
  return new Response(body ?? null, response);
};

test("an event that a router loses is a gap, and the rows are read again", async () => {
  const portico = await startPortico();
  const rows = clientOf(portico, { transport: "sse", fetch: losingRouter }).follow({
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: ({ id }) => id,
  });
  const states: string[] = [];
  onTestFinished(rows.subscribe(({ state }) => void states.push(state.status)));
  const codes = () => rows.getSnapshot().rows.map(({ user }) => user.employeeCode);
  await until(() => states.at(-1) === "live");
  for (const code of ["p01", "p02", "p03"]) {
    punch(portico, code);
    if (code !== "p02") await until(() => codes().includes(code));
  }
  expect(
    codes()
      .filter((code) => code.startsWith("p0"))
      .toSorted(),
  ).toEqual(["p01", "p02", "p03"]);
  expect(states).toContain("gap");
});
