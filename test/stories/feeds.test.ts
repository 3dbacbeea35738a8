import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";
import { openSocket, punch, type Received, served } from "../kit/portico/socket.ts";

/** The position that every result has in its extensions. */
const POSITION = { cursor: expect.any(String), previousCursor: expect.any(String) };

test("the operations of one document are separate subscriptions, in any order", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const query = `subscription A { punchAdded { cursor } } subscription B { deviceStatusChanged { status } }`;
  for (const name of ["A", "B"]) {
    socket.send({ id: name, type: "subscribe", payload: { query, operationName: name } });
  }
  await served(portico, 2);
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  await expect.poll(() => socket.of("B", "next").length).toBe(1);
  punch(portico, "77001");
  await expect.poll(() => socket.of("A", "next").length).toBe(1);
  expect(socket.of("B", "next")).toMatchObject([{ payload: { data: { deviceStatusChanged: { status: "OFFLINE" } } } }]);
});

interface Page {
  readonly data: {
    readonly punchAdded: {
      readonly punch: { readonly device: { readonly punches: { readonly pageInfo: { readonly endCursor: string } } } };
    };
  };
}

test("subscriptions that differ in more than their `after` are not shared", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const nested = `subscription ($after: String) {
    punchAdded {
      punch { device {
        punches(from: "2026-06-01T00:00:00", to: "2026-06-30T00:00:00", first: 1, after: $after) { pageInfo { endCursor } }
      } }
    }
  }`;
  const endOf = ({ payload }: Received) => (payload as Page).data.punchAdded.punch.device.punches.pageInfo.endCursor;
  const next = (id: string) => socket.first((message) => message.id === id && message.type === "next");
  socket.subscribe("first", nested);
  await served(portico, 1);
  punch(portico, "77001");
  const after = endOf(await next("first"));
  socket.subscribe("second", nested, { after });
  await served(portico, 2);
  punch(portico, "77002");
  expect(endOf(await next("second"))).not.toBe(after);
  await expect.poll(() => socket.of("first", "next").map(endOf)).toEqual([after, after]);
});

test("variables of every type reach the events: enumerations, times, defaults and omitted ones", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const query = `subscription ($kinds: [GatewayEventKind!], $from: LocalDateTime!, $order: TimeOrder! = DESC, $after: String) {
    events(kinds: $kinds) {
      ... on PunchAdded {
        punch { device { punches(from: $from, to: "2026-06-30T00:00:00", order: $order, after: $after, first: 1) { nodes { localTime } } } }
      }
    }
  }`;
  socket.subscribe("1", query, { kinds: ["PUNCH_ADDED"], from: "2026-06-01T00:00:00", unknown: 1 });
  await served(portico, 1);
  punch(portico, "77001");
  const { payload } = await socket.first(({ id, type }) => id === "1" && type !== "complete");
  expect(payload).toEqual({
    extensions: POSITION,
    data: { events: { punch: { device: { punches: { nodes: [{ localTime: expect.any(String) }] } } } } },
  });
});

test("subscriptions that differ only in their `after` are executed once for all", async () => {
  const portico = await startPortico();
  const query = `subscription ($after: EventCursor) {
    punchAdded(after: $after) { cursor punch { user { employeeCode } device { health { queueDepth } } } }
  }`;
  const socket = await openSocket(portico);
  socket.subscribe("0", query);
  await served(portico, 1);
  for (const code of ["77001", "77002", "77003"]) punch(portico, code);
  await expect.poll(() => socket.of("0", "next").length).toBe(3);
  const cursors = socket.of("0", "next").map(({ payload }) => {
    return (payload as { data: { punchAdded: { cursor: string } } }).data.punchAdded.cursor;
  });
  for (const [index, after] of cursors.entries()) socket.subscribe(String(index + 1), query, { after });
  socket.subscribe("4", query.replace("after: $after", `after: "${cursors[2]}"`).replace("($after: EventCursor)", ""));
  await expect.poll(() => socket.of("1", "next").length).toBe(2);
  await expect.poll(() => socket.of("2", "next").length).toBe(1);
  await served(portico, 5);
  portico.upstream();
  punch(portico, "77004");
  for (const [id, count] of Object.entries({ 0: 4, 1: 3, 2: 2, 3: 1, 4: 1 })) {
    await expect.poll(() => socket.of(id, "next").length).toBe(count);
  }
  expect(portico.upstream()).toHaveLength(1);
});
