import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { GraphOptions } from "../../examples/supergraph/supergraph.ts";
import { CALLBACK_PATH, type Upstream } from "../../examples/supergraph/gateway.ts";
import { freePort } from "../kit/ports.ts";
import { withRedis } from "../kit/with-redis.ts";
import { openApolloGateway } from "../kit/portico/apollo-gateway.ts";
import { startPortico, tally } from "../kit/portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "../kit/portico/live.ts";
import { openListener, openSupergraph } from "../kit/portico/supergraph.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

const readme = readFileSync(new URL("../../examples/supergraph/README.md", import.meta.url), "utf8");
const documents = [...readme.matchAll(/```graphql\n([^]*?)```/g)].map(([, document = ""]) => document);
const named = (name: string): string => documents.find((document) => document.includes(` ${name} {`)) ?? "";

interface Late {
  readonly attendanceToday: {
    readonly punches: {
      readonly nodes: readonly {
        readonly late: boolean;
        readonly user: { readonly employee: { readonly department: { readonly name: string } } | null };
      }[];
    };
  };
}

test.for([
  ["Hive Gateway", ({ portico }: GraphOptions) => openSupergraph(portico)],
  ["Apollo Gateway", openApolloGateway],
] as const)(
  "behind %s the three subgraphs together answer the operations of the example's README",
  async ([, open]) => {
    const portico = await startPortico();
    const { ask } = await open({ portico: portico.url });
    for (const document of documents.filter((each) => !each.startsWith("subscription"))) {
      const { data, errors } = await ask(document);
      expect(errors, document).toBeUndefined();
      expect(JSON.stringify(data), document).not.toMatch(/"(nodes|employees|buildings)":\[\]}*$/);
    }
    const { attendanceToday } = (await ask(named("LateToday"))).data as Late;
    const late = attendanceToday.punches.nodes.filter((punch) => punch.late);
    expect(late.map(({ user }) => user.employee?.department.name)).toContain("Assembly");
  },
);

interface LastSeen {
  readonly employees: readonly {
    readonly user: {
      readonly punches: { readonly nodes: readonly { readonly device: { readonly doors: object[] } }[] };
    };
  }[];
}

test("25 employees with their last punch, its device and its doors take one batch for each type", async () => {
  const portico = await startPortico();
  const { ask } = await openSupergraph(portico.url);
  portico.upstream();
  const { data, errors } = await ask(`{
    employees(first: 25) {
      department { name }
      user {
        punches(from: "2026-06-19T00:00:00", to: "2026-06-22T00:00:00", order: DESC, first: 1) {
          nodes { localTime user { name } device { name status doors { number state building { name } } } }
        }
      }
    }
  }`);
  expect(errors).toBeUndefined();
  const { employees } = data as LastSeen;
  const punches = employees.flatMap(({ user }) => user.punches.nodes);
  expect(punches.length).toBeGreaterThan(20);
  expect(punches.flatMap(({ device }) => device.doors).length).toBeGreaterThan(0);
  const devices = new Set(punches.map(({ device }) => JSON.stringify(device))).size;
  const { GetAttendanceByDate, GetDoorStatus, ...rest } = tally(portico.upstream());
  expect(rest).toEqual({ ListDevices: 1 });
  expect(GetAttendanceByDate).toBeLessThanOrEqual(2);
  expect(GetDoorStatus).toBe(devices);
});

const SECRET = "supergraph-supergraph-supergraph-1234";

/** Portico with a gateway and a Redis that survive its restart. */
const restartable = async (env: Readonly<Record<string, string>>) => {
  const redis = await withRedis();
  const sandbox = await withSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), live: false });
  const port = await freePort();
  const start = () =>
    startPortico(sandbox, {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      CALLBACK_SECRET: SECRET,
      REDIS_URL: redis.url,
      LOG_LEVEL: "silent",
      ...env,
    });
  const punch = (...codes: readonly string[]) =>
    codes.forEach((EmployeeCode) => sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode }));
  return { start, punch };
};

const FOLLOW = `subscription ($after: EventCursor) {
  punchAdded(after: $after) {
    cursor
    previousCursor
    gap
    punch { user { employeeCode badge employee { department { name } } } }
  }
}`;

interface Followed {
  readonly punchAdded: {
    readonly cursor: string;
    readonly previousCursor: string | null;
    readonly gap: boolean;
    readonly punch: {
      readonly user: {
        readonly employeeCode: string;
        readonly badge: string | null;
        readonly employee: { readonly department: { readonly name: string } } | null;
      };
    };
  };
}

const factsOf = ({ punchAdded: { punch, gap } }: Followed) => {
  const { employeeCode, employee } = punch.user;
  return [employeeCode, employee?.department.name, gap];
};

const TRANSPORTS = [
  ["ws", "WebSocket", subscribeBySocket],
  ["sse", "server-sent events", subscribeBySse],
  ["http-callback", "WebSocket", subscribeBySocket],
] as const satisfies readonly (readonly [Upstream, string, unknown])[];

test.each(TRANSPORTS)(
  "a subscription that the router takes by %s and serves by %s ends with a code and a cursor when Portico restarts, and resumes after it",
  {
    timeout: 40_000,
  },
  async (upstream, _transport, subscribe) => {
    const listener = await openListener();
    const callbacks = { SUBGRAPH_CALLBACK_URLS: `${listener.url}${CALLBACK_PATH}` };
    const { start, punch } = await restartable({ ...callbacks, SUBGRAPH_STOP_RESULT: "on" });
    const first = await start();
    const { url } = await openSupergraph(first.url, upstream, listener);
    const before = subscribe<Followed>(url, FOLLOW);
    await expect.poll(first.live.subscribers).toBe(1);
    punch("1001", "1014", "1002");
    await expect.poll(() => before.events).toHaveLength(3);
    await first.stop();
    punch("1015", "1003");
    const second = await start();
    // A router that subscribed again by itself would do so without a cursor.
    await before.ended;
    const last = before.events.at(-1)?.punchAdded.cursor;
    expect(before.errors).toMatchObject([
      { message: "The server is stopping; subscribe again.", extensions: { code: "SERVER_STOPPING", cursor: last } },
    ]);

    const after = subscribe<Followed>(url, FOLLOW, { after: last });
    await expect.poll(second.live.subscribers).toBe(1);
    punch("1042");
    await expect.poll(() => after.events, { timeout: 15_000 }).toHaveLength(3);
    const received = [...before.events, ...after.events];
    expect(received.map(factsOf)).toEqual([
      ["1001", "Assembly", false],
      ["1014", "Quality", false],
      ["1002", "Assembly", false],
      ["1015", "Quality", false],
      ["1003", "Assembly", false],
      ["1042", "Quality", false],
    ]);
    expect(after.events.at(-1)?.punchAdded.punch.user.badge).toBe("Asha N (1042)");
    // Each event follows the one before it: nothing on the way has reconnected in silence.
    const cursors = received.map(({ punchAdded }) => punchAdded.cursor);
    expect(received.slice(1).map(({ punchAdded }) => punchAdded.previousCursor)).toEqual(cursors.slice(0, -1));
  },
);

test("`previousCursor` shows that a router has reconnected by itself, and that events are missing", {
  timeout: 40_000,
}, async () => {
  const { start, punch } = await restartable({});
  const first = await start();
  const { url } = await openSupergraph(first.url, "ws", undefined, { reconnects: true });
  const { events, errors } = subscribeBySocket<Followed>(url, FOLLOW);
  await expect.poll(first.live.subscribers).toBe(1);
  punch("1001");
  await expect.poll(() => events).toHaveLength(1);
  await first.stop();
  punch("1014");
  const second = await start();
  await expect.poll(second.live.subscribers, { timeout: 20_000 }).toBe(1);
  punch("1002");
  await expect.poll(() => events).toHaveLength(2);
  expect(errors).toEqual([]);
  const [before, after] = events.map(({ punchAdded }) => punchAdded);
  expect([after?.punch.user.employeeCode, after?.gap]).toEqual(["1002", false]);
  expect(after?.previousCursor).toEqual(expect.any(String));
  expect(after?.previousCursor).not.toBe(before?.cursor);
});
