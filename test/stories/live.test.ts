import { expect, test } from "vitest";
import { subscribeBySocket, subscribeBySse } from "../kit/portico/live.ts";
import { startPortico } from "../kit/portico/app.ts";
import { punch, served } from "../kit/portico/socket.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const PUNCHES = `subscription ($after: EventCursor, $serialNumbers: [String!], $employeeCodes: [String!]) {
  punchAdded(after: $after, serialNumbers: $serialNumbers, employeeCodes: $employeeCodes) {
    cursor occurredAt receivedAt replayed gap
    punch { id at localTime direction method user { employeeCode } device { serialNumber } }
  }
}`;

interface Punched {
  readonly punchAdded: {
    readonly cursor: string;
    readonly occurredAt: string;
    readonly replayed: boolean;
    readonly gap: boolean;
    readonly punch: {
      readonly id: string;
      readonly at: string;
      readonly user: { readonly employeeCode: string };
      readonly device: { readonly serialNumber: string };
    };
  };
}

const codes = ({ events }: { readonly events: readonly Punched[] }) =>
  events.map(({ punchAdded }) => punchAdded.punch.user.employeeCode);

const TRANSPORTS = [
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const;

test.for(TRANSPORTS)("a punch at a terminal reaches a live subscriber by %s", async ([, subscribe]) => {
  const portico = await startPortico();
  const subscriber = subscribe<Punched>(portico.url, PUNCHES);
  await served(portico, 1);
  punch(portico, "1042");
  await expect.poll(() => codes(subscriber)).toEqual(["1042"]);
  const [first] = subscriber.events;
  expect(first?.punchAdded).toMatchObject({
    replayed: false,
    gap: false,
    punch: { direction: expect.any(String), device: { serialNumber: "SN7A2300583" } },
  });
  expect(first?.punchAdded.occurredAt).toBe(first?.punchAdded.punch.at);
  const { data } = await portico.ask<{ node: object }, object>(`query ($id: ID!) { node(id: $id) { id } }`, {
    id: first?.punchAdded.punch.id,
  });
  expect(data.node).toEqual({ id: first?.punchAdded.punch.id });
});

test.for(TRANSPORTS)(
  "a subscriber by %s that resumes with its cursor misses no event and receives none twice",
  async ([, subscribe]) => {
    const portico = await startPortico();
    const before = subscribe<Punched>(portico.url, PUNCHES);
    await served(portico, 1);
    punch(portico, "77001");
    await expect.poll(() => codes(before)).toEqual(["77001"]);
    before.stop();
    await served(portico, 0);
    for (const code of ["77002", "77003"]) punch(portico, code);
    await expect.poll(async () => (await loggedEvents(portico.log, "0-0", 10)).length).toBe(3);
    const after = before.events[0]?.punchAdded.cursor;
    const resumed = subscribe<Punched>(portico.url, PUNCHES, { after });
    await expect.poll(() => codes(resumed)).toEqual(["77002", "77003"]);
    punch(portico, "77004");
    await expect.poll(() => codes(resumed)).toEqual(["77002", "77003", "77004"]);
    expect(resumed.events.map(({ punchAdded }) => punchAdded.replayed)).toEqual([true, true, false]);
  },
);

test("a browser that reconnects with Last-Event-ID resumes where its connection broke", async () => {
  const portico = await startPortico();
  const first = subscribeBySse<Punched>(portico.url, PUNCHES);
  await served(portico, 1);
  punch(portico, "77001");
  await expect.poll(() => codes(first)).toEqual(["77001"]);
  first.stop();
  punch(portico, "77002");
  const second = subscribeBySse<Punched>(portico.url, PUNCHES, {}, first.ids.at(-1));
  await expect.poll(() => codes(second)).toEqual(["77002"]);
});

test("filters select devices and people", async () => {
  const portico = await startPortico();
  const device = subscribeBySocket<Punched>(portico.url, PUNCHES, { serialNumbers: ["SN7A2300584"] });
  const person = subscribeBySocket<Punched>(portico.url, PUNCHES, { employeeCodes: ["77002"] });
  const all = subscribeBySocket<Punched>(portico.url, PUNCHES);
  await served(portico, 3);
  punch(portico, "77001", "SN7A2300583");
  punch(portico, "77002", "SN7A2300584");
  punch(portico, "77003", "SN7A2300584");
  await expect.poll(() => codes(all).toSorted()).toEqual(["77001", "77002", "77003"]);
  await expect.poll(() => codes(device)).toEqual(["77002", "77003"]);
  expect(codes(person)).toEqual(["77002"]);
});

test("a punch of an unknown person is delivered with a user without a name", async () => {
  const portico = await startPortico();
  const query = `subscription { punchAdded { punch { user { employeeCode name } } } }`;
  const subscriber = subscribeBySocket<object>(portico.url, query);
  await served(portico, 1);
  punch(portico, "88888888");
  await expect
    .poll(() => subscriber.events)
    .toEqual([{ punchAdded: { punch: { user: { employeeCode: "88888888", name: null } } } }]);
});

test("fields that the event contains cost no gateway call", async () => {
  const portico = await startPortico();
  const query = `subscription {
    punchAdded {
      cursor
      occurredAt
      punch {
        id at localTime utcOffset direction method temperature
        device { serialNumber name }
        user { employeeCode }
        photo { url }
      }
    }
  }`;
  const subscriber = subscribeBySocket<object>(portico.url, query);
  await served(portico, 1);
  portico.upstream();
  punch(portico, "1042");
  await expect.poll(() => subscriber.events.length).toBe(1);
  expect(portico.upstream()).toEqual([]);
});

test("a device that goes offline and returns is reported with its current state", async () => {
  const portico = await startPortico();
  const query = `subscription { deviceStatusChanged { status previousStatus reason device { serialNumber name status } queueStatus } }`;
  const subscriber = subscribeBySse<object>(portico.url, query);
  await served(portico, 1);
  portico.sandbox.changeDevice("SN7A2300583", { online: false });
  await expect.poll(() => subscriber.events.length).toBe(1);
  portico.sandbox.changeDevice("SN7A2300583", { online: true });
  await expect.poll(() => subscriber.events.length).toBe(2);
  expect(subscriber.events).toMatchObject([
    {
      deviceStatusChanged: {
        status: "OFFLINE",
        previousStatus: "ONLINE",
        device: { serialNumber: "SN7A2300583", status: "OFFLINE" },
      },
    },
    {
      deviceStatusChanged: {
        status: "ONLINE",
        previousStatus: "OFFLINE",
        reason: "CONNECTED",
        device: { status: "ONLINE" },
      },
    },
  ]);
});

test("a completed enrollment is reported with the command that it ends", async () => {
  const portico = await startPortico();
  const query = `subscription {
    enrollmentUpdated(employeeCodes: ["1042"]) {
      action
      succeeded
      credential { kind index }
      enrollment { user { employeeCode } device { serialNumber } }
      command { id status }
    }
  }`;
  const subscriber = subscribeBySocket<object>(portico.url, query);
  await served(portico, 1);
  const { data } = await portico.ask<{ enrollCard: { commands: { id: string }[] } }, object>(
    `mutation { enrollCard(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], cardNumber: "77" }) { commands { id } } }`,
  );
  await expect
    .poll(() => subscriber.events)
    .toEqual([
      {
        enrollmentUpdated: {
          action: "CREDENTIAL_ADDED",
          succeeded: true,
          credential: { kind: "CARD", index: 0 },
          enrollment: { user: { employeeCode: "1042" }, device: { serialNumber: "SN7A2300583" } },
          command: { id: data.enrollCard.commands[0]?.id, status: "SUCCEEDED" },
        },
      },
    ]);
});

test("one subscription delivers all kinds of events, and a query reads them with the same cursors", async () => {
  const portico = await startPortico();
  const fields = `__typename cursor occurredAt gap
    ... on PunchAdded { punch { user { employeeCode } } }
    ... on DeviceStatusChanged { status }`;
  const subscriber = subscribeBySocket<{ events: { cursor: string; __typename: string } }>(
    portico.url,
    `subscription { events { ${fields} } }`,
  );
  await served(portico, 1);
  punch(portico, "77001");
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  punch(portico, "77002");
  await expect.poll(() => subscriber.events.length).toBe(3);
  const readEvents = async (variables: object) =>
    (
      await portico.ask<{ events: { nodes: { cursor: string }[]; cursor: string; hasMore: boolean } }, object>(
        `query ($after: EventCursor, $first: Int! = 100, $kinds: [GatewayEventKind!]) {
          events(after: $after, first: $first, kinds: $kinds) { nodes { ${fields} } cursor hasMore }
        }`,
        variables,
      )
    ).data.events;
  const all = await readEvents({});
  expect(all.nodes).toEqual(subscriber.events.map(({ events }) => events));
  const first = await readEvents({ first: 1 });
  expect(first.hasMore).toBe(true);
  const rest = await readEvents({ after: first.cursor, kinds: ["PUNCH_ADDED"] });
  expect(rest).toMatchObject({ hasMore: false, nodes: [{ punch: { user: { employeeCode: "77002" } } }] });
});

test("a rejected operation fails alone; the other operations on its socket continue", async () => {
  const portico = await startPortico();
  const { createClient } = await import("graphql-ws");
  const { WebSocket } = await import("ws");
  const client = createClient({
    url: `${portico.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
  });
  const live: Punched[] = [];
  client.subscribe<Punched>(
    { query: PUNCHES },
    { next: ({ data }) => void (data != null && live.push(data)), error: () => {}, complete: () => {} },
  );
  await served(portico, 1);
  const rejection = (query: string) =>
    new Promise<unknown>((resolve) => {
      client.subscribe({ query }, { next: resolve, error: resolve, complete: () => {} });
    });
  expect(await rejection(`subscription { punchAdded { `)).toMatchObject([
    { extensions: { code: "GRAPHQL_PARSE_FAILED" } },
  ]);
  expect(await rejection(`{ nothingLikeIt }`)).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
  expect(await rejection(`subscription { punchAdded(after: "garbage") { cursor } }`)).toMatchObject([
    { extensions: { code: "BAD_USER_INPUT" } },
  ]);
  expect(await rejection(`{ viewer { name } }`)).toEqual({ data: { viewer: { name: "anyone" } } });
  punch(portico, "77001");
  await expect.poll(() => live.length).toBe(1);
  await client.dispose();
});

test("a subscription that continues today's snapshot neither misses a punch nor repeats one", async () => {
  const portico = await startPortico();
  const checked: string[] = [];
  for (let round = 0; round < 30; round += 1) {
    const around = [`${10_000 + round}`, `${20_000 + round}`, `${30_000 + round}`] as const;
    punch(portico, around[0]);
    const snapshotRead = portico.ask<
      { attendanceToday: { cursor: string; punches: { nodes: { user: { employeeCode: string } }[] } } },
      object
    >(`{ attendanceToday { cursor punches(first: 500) { nodes { user { employeeCode } } } } }`);
    punch(portico, around[1]);
    const { attendanceToday } = (await snapshotRead).data;
    punch(portico, around[2]);
    const follower = subscribeBySocket<Punched>(portico.url, PUNCHES, { after: attendanceToday.cursor });
    await expect.poll(() => codes(follower)).toContain(around[2]);
    const snapshot = attendanceToday.punches.nodes.map(({ user }) => user.employeeCode);
    const all = [...snapshot, ...codes(follower)];
    for (const code of around)
      expect(
        all.filter((each) => each === code),
        `${code} in round ${round}`,
      ).toHaveLength(1);
    checked.push(...around);
    follower.stop();
  }
  expect(checked).toHaveLength(90);
});
