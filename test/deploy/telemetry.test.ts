import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/error-codes.ts";
import { METRICS } from "../../src/server/routes/metric-definitions.ts";
import { runToEnd } from "../kit/cli.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { ROOT } from "../kit/program.ts";
import { until } from "../kit/until.ts";
import { type Prometheus, shippedAlerts } from "./prometheus.ts";
import { DEVICE, startWatched } from "./watched.ts";

const SILENT = "SN7C0400312";
const SYNC = `mutation { syncDeviceTime(input: { serialNumbers: ["${DEVICE}"] }) { commands { id } } }`;

const operating = () => readFile(join(ROOT, "docs/operating.md"), "utf8");

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const dashboardExpressions = async (): Promise<readonly string[]> => {
  const { panels } = JSON.parse(await readFile(join(ROOT, "deploy/grafana/portico.json"), "utf8")) as Dashboard;
  return panels
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr }) =>
      expr.replaceAll("$job", "portico").replaceAll("$instance", ".*").replaceAll("$__rate_interval", "60s"),
    );
};

const metricsIn = (expression: string): readonly string[] =>
  expression.match(/\b(?:portico|nodejs|process)_\w+/g) ?? [];

/** The name of the metric that a series of a histogram belongs to. */
const baseOf = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, "");

test("the dashboard shows every metric of the table", async () => {
  const shown = new Set((await dashboardExpressions()).flatMap(metricsIn).map(baseOf));
  expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual([]);
});

test("the error codes that the alerts and the dashboard name exist", async () => {
  const expressions = [...(await shippedAlerts()).map(({ expr }) => expr), ...(await dashboardExpressions())];
  const values = expressions.flatMap((text) => [...text.matchAll(/\b(?:code|outcome)=~?"([^"]+)"/g)]);
  const codes = values.flatMap(([, value = ""]) => value.split("|")).filter((code) => /^[A-Z_]+$/.test(code));
  expect(codes).toContain("UPSTREAM_UNAVAILABLE");
  expect(codes.filter((code) => !Object.hasOwn(ERROR_CODES, code))).toEqual([]);
});

test("docs/operating.md says for every alert what to do, and for no other", async () => {
  const section = /^## Alerts$(.*?)^## /ms.exec(await operating())?.[1] ?? "";
  const documented = [...section.matchAll(/^\| `(Portico\w+)` \|/gm)].map(([, name = ""]) => name);
  expect(documented.toSorted()).toEqual((await shippedAlerts()).map(({ alert }) => alert).toSorted());
});

test("promtool accepts the alerts", async () => {
  const { code, err } = await runToEnd("promtool", ["check", "rules", "--lint-fatal", "deploy/prometheus/alerts.yaml"]);
  expect(err).toBe("");
  expect(code).toBe(0);
});

/** Repeats what provokes alerts until all of them fire. */
const fires = async (
  prometheus: Prometheus,
  alerts: readonly string[],
  provoke: () => Promise<unknown> = async () => {},
) => {
  const areSilent = async () => {
    const firing = await prometheus.firing();
    return alerts.every((name) => !firing.has(name));
  };
  await until(areSilent, {
    what: `silence before the fault of ${alerts.join(", ")}`,
    timeoutMs: 15_000,
    intervalMs: 100,
  });
  let silent: readonly string[] = alerts;
  const allFire = async () => {
    await provoke();
    const firing = await prometheus.firing();
    silent = silent.filter((name) => !firing.has(name));
    return silent.length === 0;
  };
  await until(allFire, { timeoutMs: 30_000, intervalMs: 100 }).catch(() => {
    throw new Error(`Alerts that did not fire: ${silent.join(", ")}.`);
  });
};

/** Waits until no alert fires, and meanwhile does what closes circuits. */
const resolved = async (prometheus: Prometheus, use: () => Promise<unknown> = async () => {}) => {
  const isQuiet = async () => {
    await use();
    return (await prometheus.firing()).size === 0;
  };
  await until(isQuiet, { timeoutMs: 30_000, intervalMs: 100 }).catch(async () => {
    throw new Error(`Alerts that are not resolved: ${[...(await prometheus.firing())].join(", ")}.`);
  });
};

test("every expression works on a real scrape, and every alert fires at its fault and is resolved after it", async () => {
  const { isReady, sandbox, redis, portico, audit, prometheus, ask, deliver } = await startWatched();
  const fired = new Set<string>();
  const fire = async (alerts: readonly string[], provoke?: () => Promise<unknown>) => {
    await fires(prometheus, alerts, provoke);
    for (const name of alerts) fired.add(name);
  };
  const faults = sandbox.faults;

  await until(async () => (await prometheus.query('up{job="portico"} == 1')).length === 1, { timeoutMs: 15_000 });
  await Promise.all([ask("{ devices { totalCount } }"), ask('{ user(employeeCode: "1042") { name } }'), deliver()]);
  await resolved(prometheus);

  faults.add({ operation: "FindUser", kind: "brokenJson", times: null });
  faults.add({ operation: "CheckDeviceHealth", kind: "unauthenticated", times: null });
  faults.add({ operation: "GetDoorStatus", kind: "5xx", device: SILENT, times: null });
  faults.add({ operation: "GetDeviceInfo", kind: "5xx", device: SILENT, times: null });
  faults.add({ operation: "SyncDeviceTime", kind: "resetAfter", times: null });
  faults.add({ operation: "GetCommandStatus", kind: "5xx", times: null });
  let code = 0;
  await fire(
    [
      "PorticoDefect",
      "PorticoGatewayTokenRejected",
      "PorticoDeviceUnavailable",
      "PorticoGatewayFailing",
      "PorticoCommandsUnknown",
      "PorticoCallersLimited",
      "PorticoCallbacksRefused",
      "PorticoEventsQuarantined",
    ],
    async () => {
      code += 1;
      void ask(SYNC);
      await Promise.all([
        ask(`{ user(employeeCode: "u${code}") { name } }`),
        ask(`{ device(serialNumber: "${DEVICE}") { health { queueDepth } } }`),
        ask(`{ door(serialNumber: "${SILENT}", number: 1) { state } }`),
        ask(`mutation { openDoor(input: { serialNumber: "${DEVICE}", doorNumber: 1 }) { command { id } } }`),
        deliver({ AuthToken: "another" }),
        deliver({ LogTime: "2026-02-30 04:00:00 GMT +0000" }),
      ]);
    },
  );
  faults.clear();

  faults.add({ operation: "FindUser", kind: "delay", ms: 3_000, times: null });
  const usersOf = (query: number) =>
    Array.from({ length: 40 }, (_, index) => `u${index}: user(employeeCode: "${query}s${index}") { name }`).join(" ");
  let round = 0;
  const askFour = () => Promise.all([1, 2, 3, 4].map((query) => ask(`{ ${usersOf(10 * round + query)} }`)));
  let answers = askFour();
  // A circuit that the faults before have opened answers at once: then they are asked again.
  const again = async () => {
    if (!(await Promise.race([answers.then(() => true), Promise.resolve(false)]))) return;
    round += 1;
    answers = askFour();
  };
  // What is answered meanwhile keeps the circuit of the gateway closed.
  await fire(["PorticoSlow", "PorticoCallsWaiting"], async () => {
    await again();
    await ask(`{ door(serialNumber: "${DEVICE}", number: 1) { state } }`);
  });
  await answers;
  faults.clear();

  faults.add({ kind: "5xx", times: null });
  await fire(["PorticoGatewayUnavailable"], () => ask(`{ user(employeeCode: "g${(code += 1)}") { name } }`));
  faults.clear();
  await resolved(prometheus, () => ask(`{ door(serialNumber: "${SILENT}", number: 1) { state } }`));

  await audit.stop();
  await fire(["PorticoLinesLost", "PorticoEventLoopSlow"], async () => {
    void ask(SYNC);
    portico.signal("SIGSTOP");
    await delay(450);
    portico.signal("SIGCONT");
  });
  await audit.start();

  await redis.kill();
  await fire(["PorticoLogUnavailable", "PorticoRequestsFailing"], () => deliver());
  await redis.restart();
  await until(() => isReady());

  // Redis refuses to read the log, and an entry that no version can read is written into it.
  const watcher = subscribeBySocket(portico.url, "subscription { punchAdded { cursor } }");
  const [events = ""] = (await redis.ask("KEYS", "*:events")) as readonly string[];
  // What is delivered before the subscription begins does not reach it.
  const isLive = async () => {
    await deliver();
    return watcher.events.length > 0;
  };
  await until(isLive, { intervalMs: 50 });
  await redis.ask("ACL", "SETUSER", "default", "-xrange");
  await redis.ask("XADD", events, `${Date.now() + 60_000}-0`, "event", "{}");
  await fire(["PorticoLogLagging"]);
  await redis.ask("ACL", "SETUSER", "default", "+xrange");
  await fire(["PorticoEventsLost"], () => deliver());
  watcher.stop();

  faults.add({ kind: "429", retryAfter: 20, times: null });
  await fire(["PorticoGatewayRateLimited"], () => ask(`{ user(employeeCode: "r${(code += 1)}") { name } }`));
  faults.clear();
  await resolved(prometheus);

  const expressions = await dashboardExpressions();
  const names = await prometheus.names();
  const alerts = await shippedAlerts();
  const used = [...expressions, ...alerts.map(({ expr }) => expr)].flatMap(metricsIn);
  expect(used.filter((name) => !names.has(name))).toEqual([]);
  const empty = [];
  for (const expression of expressions) {
    // Only what is above zero is shown there, and nothing need be.
    if ((await prometheus.query(expression)).length === 0 && !expression.endsWith("> 0")) empty.push(expression);
  }
  expect(empty).toEqual([]);

  await portico.kill("SIGKILL");
  await fire(["PorticoDown"]);
  await fire(["PorticoRestarting"], async () => {
    await portico.kill("SIGKILL");
    await audit.start();
    await portico.start();
    await until(async () => (await prometheus.query('up{job="portico"} == 1')).length === 1);
  });
  await resolved(prometheus);
  expect([...fired].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
}, 120_000);
