import { expect, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";

const startWithAdmin = async (env: Readonly<Record<string, string>> = {}) => {
  const portico = await startPortico({}, { ADMIN_PORT: "0", ...env });
  const line = portico.logs.map((each) => JSON.parse(each) as { message: string; url?: string });
  const url = line.find(({ message }) => message === "admin server listening")?.url ?? "";
  return { ...portico, admin: url };
};

test("metrics count requests, gateway calls, callbacks and open connections", async () => {
  const portico = await startWithAdmin();
  await portico.ask("{ devices { totalCount } }");
  portico.sandbox.faults.add({ operation: "FindUser", kind: "5xx", times: null });
  await portico.ask(`{ user(employeeCode: "1042") { name } }`);
  const [online] = [...portico.sandbox.gateway.world.devices.values()].filter((device) => device.online);
  portico.sandbox.punch({ DeviceSN: online?.DeviceSN ?? "", EmployeeCode: "1042" });
  const metrics = async () => (await fetch(`${portico.admin}/metrics`)).text();
  await expect.poll(metrics).toContain('portico_events_total{outcome="added"} 1');
  const text = await metrics();
  for (const line of [
    'portico_request_seconds_count{route="/graphql",status="200"} 2',
    'portico_request_seconds_count{route="/callbacks",status="200"} 1',
    'portico_upstream_seconds_count{operation="ListDevices",status="200"} 1',
    'portico_upstream_seconds_count{operation="FindUser",status="503"} 3',
    'portico_callbacks_total{outcome="acknowledged"} 1',
    "portico_subscribers 0",
    "portico_sockets 0",
    "nodejs_eventloop_lag_seconds",
  ]) {
    expect(text).toContain(line);
  }
  expect(text).not.toContain(portico.sandbox.token);
});

test("callbacks that are refused before they are read are counted, and told apart by operators only", async () => {
  const portico = await startWithAdmin({ CALLBACK_ALLOW: "127.0.0.1/32", TRUSTED_PROXIES: "127.0.0.1/32" });
  const registered = [...portico.sandbox.gateway.world.callbacks.values()][0]?.CallbackURL ?? "";
  const post = async (url: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    return [response.status, await response.text()];
  };
  const [unknown, none] = [`${portico.url}/callbacks/${"x".repeat(40)}`, `${portico.url}/nowhere`];
  expect(await post(unknown)).toEqual(await post(none));
  expect((await post(registered, { "x-forwarded-for": "203.0.113.9" }))[0]).toBe(403);
  expect((await post(unknown, { "x-forwarded-for": "203.0.113.9" }))[0]).toBe(404);
  expect((await post(registered, { "content-type": "image/png" }))[0]).toBe(415);
  await fetch(unknown);
  const text = await (await fetch(`${portico.admin}/metrics`)).text();
  for (const outcome of ["unknown_path", "forbidden_source", "unsupported_type"])
    expect(text).toContain(`portico_callbacks_total{outcome="${outcome}"} 1`);
});

test("without ADMIN_PORT there is no admin server, and the public port does not serve its paths", async () => {
  const portico = await startPortico();
  expect(portico.logs.join()).not.toContain("admin server listening");
  for (const path of ["/metrics", "/quarantine"]) {
    expect((await fetch(`${portico.url}${path}`)).status).toBe(404);
  }
});

test("a page of another origin is rejected", async () => {
  const { admin } = await startWithAdmin();
  const foreign = await fetch(`${admin}/quarantine`, { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
});

test("quarantined bodies are listed, and a readable one can be replayed once", async () => {
  const portico = await startWithAdmin();
  const [serial] = portico.sandbox.gateway.world.devices.keys();
  const good = JSON.stringify({
    OperationID: "quarantined1",
    RealTime: {
      OperationID: "quarantined1",
      PunchLog: {
        Type: "CheckIn",
        "Input Type": "Fingerprint",
        UserId: "1042",
        LogTime: "2026-06-21 09:00:00 GMT +0530",
      },
      AuthToken: portico.sandbox.token,
      Time: "2026-06-21 03:31:00 GMT +0000",
      SerialNumber: serial,
    },
  });
  for (const body of [good, "not readable"])
    await portico.log.quarantine({ receivedAt: "2026-06-21T04:00:00Z", reason: "a reason", body });
  interface Listed {
    readonly quarantined: readonly { readonly account: string; readonly id: string; readonly reason: string }[];
  }
  const list = async () => (await (await fetch(`${portico.admin}/quarantine`)).json()) as Listed;
  const { quarantined } = await list();
  expect(quarantined.map(({ account, reason }) => [account, reason])).toEqual([
    ["default", "a reason"],
    ["default", "a reason"],
  ]);
  const replay = (id: string | undefined) =>
    fetch(`${portico.admin}/quarantine/default/${id}/replay`, { method: "POST" });
  const [first, second] = quarantined.map(({ id }) => id);
  expect(await (await replay(first)).json()).toMatchObject({ kind: "acknowledged", added: 1 });
  expect((await replay(first)).status).toBe(404);
  expect(await (await replay(second)).json()).toMatchObject({ kind: "unreadable" });
  expect((await list()).quarantined.map(({ id }) => id)).toHaveLength(1);
  expect((await replay("%ff")).status).toBe(404);
  expect((await fetch(`${portico.admin}/quarantine/default/${second}/replay`)).status).toBe(405);
});
