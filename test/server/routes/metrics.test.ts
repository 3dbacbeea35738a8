import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encodeCursor } from "../../../src/events/cursor.ts";
import { type MetricDefinition, METRICS } from "../../../src/server/routes/metric-definitions.ts";
import { appendNumbered } from "../../kit/events/numbered.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { openFile } from "../../kit/portico/callers.ts";
import { subscribeBySse } from "../../kit/portico/live.ts";
import { openSocket, PUNCHES, served } from "../../kit/portico/socket.ts";
import { until } from "../../kit/until.ts";

const operating = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");

const OPEN_DOOR = `mutation ($options: CommandOptions) {
  openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1, options: $options }) { command { id } }
}`;

const startWithMetrics = async (env: Readonly<Record<string, string>> = {}) => {
  const portico = await startPortico({}, { ADMIN_PORT: "0", ...env });
  const lines = portico.logs.map((each) => JSON.parse(each) as { message: string; url?: string });
  const admin = lines.find(({ message }) => message === "admin server listening")?.url ?? "";
  return { ...portico, scrape: async () => (await fetch(`${admin}/metrics`)).text() };
};

test("docs/operating.md has exactly the metrics of the program, with their kinds, labels and meanings", () => {
  const rows = operating.split("\n").filter((line) => line.startsWith("| `portico_"));
  const expected = Object.entries<MetricDefinition>(METRICS).map(([name, { kind, labels, help }]) => {
    const names = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${kind} | ${names} | ${help} |`;
  });
  expect(rows).toEqual(expected);
});

test("a scrape has no metric and no label that the table lacks", async () => {
  const portico = await startWithMetrics();
  await portico.ask("{ devices { totalCount } }");
  await portico.ask("{ unknown }");
  const text = await portico.scrape();
  const samples = [...text.matchAll(/^(portico_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? /gm)];
  expect(samples.length).toBeGreaterThan(20);
  for (const [, name = "", labels = ""] of samples) {
    const definition = (METRICS as Readonly<Record<string, MetricDefinition>>)[name];
    expect(definition, name).toBeDefined();
    const names = [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label).filter((label) => label !== "le");
    expect(names.filter((label) => label !== undefined && definition?.labels.includes(label) !== true)).toEqual([]);
  }
});

test("a scrape has every metric of the table that this program can have", async () => {
  const { path } = await openFile("");
  const portico = await startWithMetrics({ AUDIT_FILE: path });
  const scraped = [...(await portico.scrape()).matchAll(/^# TYPE (portico_\w+) /gm)].map(([, name = ""]) => name);
  // The log of a test does not go to standard output.
  const expected = Object.keys(METRICS).filter((name) => !/^portico_log_(?:lost_total|failing)$/.test(name));
  expect(scraped.toSorted()).toEqual(expected.toSorted());
});

test("calls, retries, circuit and error codes are counted", async () => {
  const portico = await startWithMetrics();
  portico.sandbox.faults.add({ operation: "FindUser", kind: "5xx", times: 1 });
  await portico.ask(`{ user(employeeCode: "1042") { name } }`);
  portico.sandbox.faults.add({ operation: "FindUser", kind: "5xx", times: null });
  await portico.ask(`{ user(employeeCode: "1043") { name } }`);
  await portico.ask("{ unknown }");
  const text = await portico.scrape();
  for (const line of [
    'portico_upstream_calls_total{operation="FindUser",outcome="ok"} 1',
    'portico_upstream_calls_total{operation="FindUser",outcome="UPSTREAM_UNAVAILABLE"} 1',
    'portico_upstream_retries_total{operation="FindUser"} 3',
    'portico_upstream_circuit_open{account="default"} 0',
    'portico_upstream_waiting{account="default",queue="rate"} 0',
    'portico_graphql_errors_total{code="UPSTREAM_UNAVAILABLE"} 1',
    'portico_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
    'portico_log_available{account="default"} 1',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/portico_build_info\{version="\d+\.\d+\.\d+[^"]*",node="\d+\.\d+\.\d+"\} 1/);
});

test("events are counted from the log to their subscribers, and a stream is not a slow request", async () => {
  const portico = await startWithMetrics();
  const stream = subscribeBySse(portico.url, "subscription { punchAdded { cursor } }");
  await until(() => portico.live.subscribers() === 1);
  const [online] = [...portico.sandbox.gateway.world.devices.values()].filter((device) => device.online);
  portico.sandbox.punch({ DeviceSN: online?.DeviceSN ?? "", EmployeeCode: "1042" });
  await expect.poll(portico.scrape).toContain('portico_deliveries_total{account="default",source="live"} 1');
  const open = await portico.scrape();
  expect(open).toContain('portico_log_events{account="default"} 1');
  expect(open).toContain('portico_log_lag_seconds{account="default"} 0');
  expect(open).toContain('portico_gaps_total{account="default"} 0');
  expect(open).toContain("portico_stream_seconds_count 0");
  stream.stop();
  await expect.poll(portico.scrape).toContain("portico_stream_seconds_count 1");
  expect(await portico.scrape()).not.toContain('portico_request_seconds_count{route="/graphql"');
});

test("an event that reports a loss to its subscriber is counted as a gap", async () => {
  const portico = await startWithMetrics();
  const after = encodeCursor({ logId: "lost", offset: "1-0", deliveredTags: [] });
  const stream = subscribeBySse(portico.url, `subscription { punchAdded(after: "${after}") { gap } }`);
  await until(() => portico.live.subscribers() === 1);
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1042" });
  await expect.poll(portico.scrape).toContain('portico_gaps_total{account="default"} 1');
  stream.stop();
});

test("sockets are counted with their close codes, and the errors of their operations", async () => {
  const portico = await startWithMetrics();
  const orderly = await openSocket(portico);
  orderly.subscribe("1", "{ unknown }");
  await orderly.first(({ type }) => type === "error");
  orderly.socket.close(1000);
  const wrong = await openSocket(portico);
  wrong.send("no message of the protocol");
  const odd = await openSocket(portico);
  odd.socket.close(4999);
  await expect.poll(portico.scrape).toContain('portico_sockets_closed_total{code="other"} 1');
  await expect.poll(portico.scrape).toContain('portico_sockets_closed_total{code="1000"} 1');
  await expect.poll(portico.scrape).toContain('portico_sockets_closed_total{code="4400"} 1');
  const text = await portico.scrape();
  expect(text).toContain("portico_sockets_opened_total 3");
  expect(text).toContain('portico_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1');
});

test("operations are measured by type and by the name of their stored document, over every transport", async () => {
  const { path } = await openFile(JSON.stringify({ abc: "query Stored { viewer { name } }" }));
  const portico = await startWithMetrics({ PERSISTED_OPERATIONS_FILE: path });
  await portico.ask("query Stored { viewer { name } }");
  await portico.ask("query Invented { viewer { name } }");
  const socket = await openSocket(portico);
  socket.subscribe("1", "query Stored { viewer { name } }");
  await socket.first(({ type }) => type === "complete");
  await portico.ask(OPEN_DOOR);
  const text = await portico.scrape();
  expect(text).toContain('portico_operation_seconds_count{type="query",document="Stored"} 2');
  expect(text).toContain('portico_operation_seconds_count{type="query",document="other"} 1');
  expect(text).toContain('portico_operation_seconds_count{type="mutation",document="other"} 1');
  expect(text).not.toContain("Invented");
});

test("commands are counted by their end, and idempotency keys that come again", async () => {
  const portico = await startWithMetrics();
  const options = { idempotencyKey: "once-and-only-once" };
  await portico.ask(OPEN_DOOR, { options });
  await portico.ask(OPEN_DOOR, { options });
  const text = await portico.scrape();
  expect(text).toContain('portico_commands_total{mutation="openDoor",end="Done"} 1');
  expect(text).toContain('portico_idempotency_hits_total{account="default"} 1');
});

test("bytes that wait for a subscriber that does not read are shown by transport", async () => {
  const portico = await startWithMetrics();
  expect(await portico.scrape()).toContain('portico_subscriber_bytes{transport="websocket"} 0');
  const socket = await openSocket(portico);
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  socket.socket.pause();
  const waiting = async () =>
    Number(/portico_subscriber_bytes\{transport="websocket"\} (\d+)/.exec(await portico.scrape())?.[1]);
  await appendNumbered(portico.log, 1, 5_000, 4_000);
  await expect.poll(waiting, { timeout: 15_000 }).toBeGreaterThan(0);
  socket.socket.terminate();
  await expect.poll(waiting).toBe(0);
});
