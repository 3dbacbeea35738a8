import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/client/index.ts";
import { ADDED } from "../../examples/clients/documents.ts";
import { startInstance } from "../kit/instance.ts";
import { until } from "../kit/until.ts";
import { withRedis } from "../kit/with-redis.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { withHaproxy } from "./haproxy.ts";
import { withNginx } from "./nginx.ts";

const CLIENTS_PER_TRANSPORT = 50;
const CALLERS = 8;
const DEVICE = "SN7A2300583";

/** Follows punches as an application does, and keeps every event that it gets. */
const watch = (url: string, transport: "websocket" | "sse") => {
  const client = createClient({ url: `${url}/graphql`, transport, backoff: { baseMs: 50, maxMs: 500 } });
  const codes: string[] = [];
  let [gaps, connections] = [0, 0];
  const stop = client.subscribe(
    { document: ADDED },
    {
      next({ data }, { isGap }) {
        if (isGap) gaps += 1;
        if (data != null) codes.push(data.punchAdded.punch.user.employeeCode);
      },
      state: ({ status }) => void (connections += status === "live" ? 1 : 0),
    },
  );
  onTestFinished(stop);
  return { codes, gaps: () => gaps, connections: () => connections };
};

/** Sends one request after the other until it is stopped, and counts the responses by status and by error code. */
const call = (url: string, body: object) => {
  const results = new Map<string, number>();
  const over = new AbortController();
  const once = async () => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }).catch((error: unknown) => error as Error);
    if (response instanceof Error) return `${response.message}: ${String(response.cause)}`;
    const { errors } = (await response.json().catch(() => ({ errors: "no JSON" }))) as { errors?: unknown };
    return `${response.status}${errors === undefined ? "" : ` ${JSON.stringify(errors)}`}`;
  };
  const ended = (async () => {
    while (!over.signal.aborted) {
      const result = await once();
      results.set(result, (results.get(result) ?? 0) + 1);
    }
  })();
  return async () => {
    over.abort();
    await ended;
    return results;
  };
};

test.for([
  ["nginx", withNginx, {}],
  ["HAProxy", withHaproxy, { SHUTDOWN_DELAY_SECONDS: "2" }],
] as const)(
  "three instances behind %s are replaced in turn: every answer is 200, and no event is lost or repeated",
  {
    timeout: 120_000,
  },
  async ([, withBalancer, settings]) => {
    const sandbox = await withSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), live: false });
    const redis = await withRedis();
    const balancer = await withBalancer();
    const env = { REDIS_URL: redis.url, PUBLIC_URL: balancer.url, TRUSTED_PROXIES: "127.0.0.0/8", ...settings };
    const instances = await Promise.all([1, 2, 3].map(() => startInstance(sandbox, env)));
    await balancer.start(instances.map(({ url }) => Number(new URL(url).port)));

    const watchers = (["websocket", "sse"] as const).flatMap((transport) =>
      Array.from({ length: CLIENTS_PER_TRANSPORT }, () => watch(balancer.url, transport)),
    );
    await until(() => watchers.every(({ connections }) => connections() > 0), {
      what: "every client to be live",
      timeoutMs: 20_000,
    });
    const callers = Array.from({ length: CALLERS }, (_, index) =>
      call(
        balancer.url,
        index % 2 === 0
          ? { query: "{ devices(first: 5) { nodes { serialNumber status } } }" }
          : { query: `mutation { syncDeviceTime(input: { serialNumbers: ["${DEVICE}"] }) { commands { id } } }` },
      ),
    );
    const punched: string[] = [];
    const punch = setInterval(() => {
      punched.push(`r${punched.length + 1}`);
      sandbox.clock.advance(1_000);
      sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: punched.at(-1) ?? "" });
    }, 20);

    for (const instance of instances) {
      expect(await instance.kill("SIGTERM")).toBe(0);
      await instance.start();
    }
    clearInterval(punch);
    const results = await Promise.all(callers.map((stop) => stop()));

    await until(() => watchers.every(({ codes }) => codes.length >= punched.length), {
      what: "every client to have every event",
      timeoutMs: 20_000,
    }).catch(() => {});
    const wrong = watchers.flatMap(({ codes, gaps }, index) =>
      codes.join() === punched.join() && gaps() === 0 ? [] : [{ index, have: codes.length, gaps: gaps() }],
    );
    expect({ of: punched.length, wrong }).toEqual({ of: punched.length, wrong: [] });
    expect(punched.length).toBeGreaterThan(100);
    expect(watchers.every(({ connections }) => connections() > 1)).toBe(true);
    for (const statuses of results) expect([...statuses.keys()]).toEqual(["200"]);
    const log = await balancer.log();
    expect(log).toContain('"POST /graphql" 200');
    expect(log).toContain('"POST /callbacks/-" 200');
    expect(log).not.toContain("restart-matrix");
  },
);
