import { expect, test } from "vitest";
import { appendNumbered } from "../kit/events/numbered.ts";
import { openSocket } from "../kit/portico/socket.ts";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { until } from "../kit/until.ts";

const DEVICE = "SN7A2300583";

interface Page {
  readonly devices: {
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
    readonly nodes: readonly { readonly serialNumber: string; readonly health: { readonly queueDepth: number } }[];
  };
}

const walk = async (portico: TestApp): Promise<number> => {
  let devices = 0;
  let after: string | null = null;
  do {
    const { data }: { data: Page } = await portico.ask<Page, object>(
      `query ($after: String) { devices(first: 20, after: $after) {
        pageInfo { endCursor hasNextPage } nodes { serialNumber health { queueDepth } } } }`,
      { after },
    );
    devices += data.devices.nodes.length;
    after = data.devices.pageInfo.hasNextPage ? data.devices.pageInfo.endCursor : null;
  } while (after !== null);
  return devices;
};

test("a walk through the pages of devices reads the health of all once, and a command or a change of a device ends that", async () => {
  const portico = await startPortico({ devices: 100 });
  expect(await walk(portico)).toBe(100);
  expect(tally(portico.upstream())["CheckDeviceHealth"]).toBe(1);
  expect(await walk(portico), "a new walk").toBe(100);
  expect(tally(portico.upstream())["CheckDeviceHealth"], "a new walk").toBe(1);

  const first = await portico.ask<Page, object>(
    `{ devices(first: 20) { pageInfo { endCursor } nodes { health { queueDepth } } } }`,
  );
  const { endCursor } = first.data.devices.pageInfo;
  await portico.ask(`mutation { syncDeviceTime(input: { serialNumbers: ["${DEVICE}"] }) { userErrors { message } } }`);
  portico.upstream();
  await portico.ask(
    `query ($after: String) { devices(first: 20, after: $after) { nodes { health { queueDepth } } } }`,
    {
      after: endCursor,
    },
  );
  expect(tally(portico.upstream())["CheckDeviceHealth"], "after a command").toBe(1);
});

/** Delivers one punch of each person of the device, and waits until a subscriber has them all. */
const deliverPunches = async (portico: TestApp, selection: string, count: number): Promise<readonly object[]> => {
  const socket = await openSocket(portico);
  socket.subscribe("1", `subscription { punchAdded { punch { ${selection} } } }`);
  await until(() => portico.live.subscribers() === 1, { what: "the subscription is open" });
  const people = [...(portico.sandbox.gateway.world.devices.get(DEVICE)?.users.keys() ?? [])].slice(0, count);
  expect(people).toHaveLength(count);
  portico.upstream();
  portico.sandbox.punch(...people.map((EmployeeCode) => ({ DeviceSN: DEVICE, EmployeeCode })));
  await expect.poll(() => socket.of("1").length, { timeout: 20_000 }).toBe(count);
  return socket.of("1");
};

test("the names of many people in live events come from the list of their device, read once", async () => {
  const portico = await startPortico({ people: 400 });
  const messages = await deliverPunches(portico, "user { name }", 100);
  for (const message of messages) {
    expect(message).toMatchObject({
      payload: { data: { punchAdded: { punch: { user: { name: expect.any(String) } } } } },
    });
  }
  const calls = tally(portico.upstream());
  expect(calls["FindUser"]).toBeLessThanOrEqual(2);
  expect(calls["ListUsers"]).toBeLessThanOrEqual(2);
});

test("receipts of many live punches are read by the page, and each is that of the gateway", async () => {
  const portico = await startPortico({ people: 400 });
  const messages = await deliverPunches(portico, "receivedAt", 100);
  for (const message of messages) {
    const { punch } = (message as { payload: { data: { punchAdded: { punch: { receivedAt: string | null } } } } })
      .payload.data.punchAdded;
    expect(punch.receivedAt).toMatch(/^2026-06-21T/);
  }
  const { GetAttendanceByDate = 0, GetAttendanceByEmployee = 0 } = tally(portico.upstream());
  expect(GetAttendanceByEmployee).toBe(0);
  expect(GetAttendanceByDate).toBeLessThanOrEqual(20);
});

test("receipts of punches that the gateway does not have are null, and cost far fewer calls than punches", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", `subscription { punchAdded { punch { receivedAt } } }`);
  await until(() => portico.live.subscribers() === 1, { what: "the subscription is open" });
  portico.upstream();
  await appendNumbered(portico.log, 1, 300);
  await expect.poll(() => socket.of("1").length, { timeout: 20_000 }).toBe(300);
  for (const message of socket.of("1")) {
    expect(message).toMatchObject({ payload: { data: { punchAdded: { punch: { receivedAt: null } } } } });
  }
  expect(portico.upstream().length).toBeLessThan(10);
});
