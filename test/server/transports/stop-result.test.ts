import { expect, test } from "vitest";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "../../kit/portico/live.ts";
import { KEY, postSigned, socketSignature } from "../../kit/portico/signed.ts";
import { openSocket, PUNCHES, served } from "../../kit/portico/socket.ts";

const NUMBERS = `subscription ($after: EventCursor) {
  punchAdded(after: $after) { cursor previousCursor gap punch { user { employeeCode } } }
}`;

interface Numbers {
  readonly punchAdded: {
    readonly cursor: string;
    readonly previousCursor: string | null;
    readonly gap: boolean;
    readonly punch: { readonly user: { readonly employeeCode: string } };
  };
}

const stopped = (cursor: unknown) => ({
  message: "The server is stopping; subscribe again.",
  extensions: { code: "SERVER_STOPPING", ...(cursor === undefined ? {} : { cursor }) },
});

const numberOf = ({ punchAdded }: Numbers) => Number(punchAdded.punch.user.employeeCode.split(":")[0]);

const streamOf = async ({ url }: Pick<TestApp, "url">): Promise<Response> =>
  fetch(`${url}/graphql?query=${encodeURIComponent(PUNCHES)}`, { headers: { accept: "text/event-stream" } });

test.for([
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const)(
  "with SUBGRAPH_STOP_RESULT=on a subscription over %s ends with a result that has the code and the cursor",
  async ([, subscribe]) => {
    const portico = await startPortico({}, { SUBGRAPH_STOP_RESULT: "on" });
    const busy = subscribe<Numbers>(portico.url, NUMBERS);
    const quiet = subscribe<Numbers>(
      portico.url,
      `subscription { punchAdded(employeeCodes: ["none"]) { cursor previousCursor gap punch { user { employeeCode } } } }`,
    );
    await served(portico, 2);
    await appendNumbered(portico.log, 1, 50);
    await expect.poll(() => busy.events).toHaveLength(50);
    await portico.stop();
    await Promise.all([busy.ended, quiet.ended]);
    expect(busy.errors).toEqual([stopped(busy.events.at(-1)?.punchAdded.cursor)]);
    expect(busy.events.map(numberOf)).toEqual(range(1, 50));
    expect(quiet.errors).toEqual([stopped(expect.any(String))]);
    expect(quiet.events).toEqual([]);
  },
);

test("an operation of a socket that is not a subscription ends as before when the server stops", async () => {
  const portico = await startPortico({}, { SUBGRAPH_STOP_RESULT: "on" });
  const socket = await openSocket(portico);
  portico.sandbox.faults.add({ kind: "delay", ms: 300, times: null });
  socket.subscribe("live", PUNCHES);
  await served(portico, 1);
  socket.subscribe("query", `{ devices(first: 1) { nodes { serialNumber } } }`);
  await expect.poll(() => portico.upstream().length).toBeGreaterThan(0);
  const stopping = portico.stop();
  const late = await streamOf(portico);
  expect([late.status, await late.text()]).toEqual([
    200,
    `event: next\ndata: ${JSON.stringify({ data: null, errors: [stopped(undefined)] })}\n\nevent: complete\ndata:\n\n`,
  ]);
  expect((await socket.closed).code).toBe(1012);
  await stopping;
  expect(socket.of("live").map(({ type }) => type)).toEqual(["next", "complete"]);
  expect(socket.of("query").map(({ type }) => type)).toEqual(["next", "complete"]);
  expect(socket.of("query", "next")).toMatchObject([{ payload: { data: { devices: { nodes: [{}] } } } }]);
});

test("a router that signs its requests gets the result without another setting, unless it is turned off", async () => {
  for (const [setting, types] of [
    ["", ["next", "complete"]],
    ["off", []],
  ] as const) {
    const portico = await startPortico({}, { SUBGRAPH_ROUTER_KEYS: KEY, SUBGRAPH_STOP_RESULT: setting });
    const socket = await openSocket(portico, { headers: { "x-portico-signature": socketSignature() } });
    socket.subscribe("1", PUNCHES);
    await served(portico, 1);
    const stream = await postSigned(portico.url, { query: PUNCHES }, { headers: { accept: "text/event-stream" } });
    await served(portico, 2);
    await portico.stop();
    expect(
      socket
        .of("1")
        .filter(({ type }) => type !== "ping")
        .map(({ type }) => type),
    ).toEqual(types);
    expect((await stream.text()).includes('"SERVER_STOPPING"')).toBe(types.length > 0);
  }
});

test("the end of a stream that was opened with a ticket is left to the browser, which resumes by itself", async () => {
  const portico = await startPortico({}, { SUBGRAPH_STOP_RESULT: "on" });
  const issued = await fetch(`${portico.url}/graphql/ticket`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: PUNCHES }),
  });
  const { url } = (await issued.json()) as { readonly url: string };
  const stream = await fetch(url, { headers: { accept: "text/event-stream" } });
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1);
  await portico.stop();
  const text = await stream.text();
  expect(text).toContain("id: ");
  expect(text).not.toContain("SERVER_STOPPING");
  expect(text).not.toContain("event: complete");
});
