import { expect, onTestFinished, test } from "vitest";
import { ADDED, TODAY } from "../../examples/clients/documents.ts";
import { type ClientDocument, createClient } from "../../src/client/index.ts";
import { startPortico } from "../kit/portico/app.ts";
import { until } from "../kit/until.ts";

const followPunches = (url: string, transport: "websocket" | "sse") =>
  createClient({ url: `${url}/graphql`, transport }).follow({
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: ({ id }) => id,
    limit: 30,
  });

test.each(["websocket", "sse"] as const)("rows follow from a snapshot over %s", async (transport) => {
  const portico = await startPortico();
  const punches = followPunches(portico.url, transport);
  const states: string[] = [];
  const leave = punches.subscribe(({ state }) => void (states.at(-1) === state.status || states.push(state.status)));
  await until(() => punches.getSnapshot().state.status === "live");
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1042" });
  await until(() => punches.getSnapshot().rows[0]?.user.employeeCode === "1042");
  const { rows } = punches.getSnapshot();
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(states).toEqual(["connecting", "catching up", "live"]);
  leave();
  punches.stop();
  expect(punches.getSnapshot().state).toEqual({ status: "closed", reason: "stopped" });
});

const DEVICES = `query { devices(first: 50) { nodes { serialNumber status } } }` as ClientDocument<{
  readonly devices: { readonly nodes: readonly Device[] };
}>;
const CHANGES = `subscription ($after: EventCursor) {
  deviceStatusChanged(after: $after) { cursor gap replayed status device { serialNumber } }
}` as ClientDocument<{
  readonly deviceStatusChanged: { readonly status: string; readonly device: { readonly serialNumber: string } };
}>;

interface Device {
  readonly serialNumber: string;
  readonly status: string;
}

test.each(["websocket", "sse"] as const)("an event replaces the row that it is about over %s", async (transport) => {
  const portico = await startPortico();
  const devices = createClient({ url: `${portico.url}/graphql`, transport }).follow({
    snapshot: DEVICES,
    rows: (data) => data.devices.nodes,
    subscription: CHANGES,
    row: ({ deviceStatusChanged: { device, status } }) => ({ ...device, status }),
    key: ({ serialNumber }) => serialNumber,
  });
  onTestFinished(devices.subscribe(() => {}));
  await until(() => devices.getSnapshot().rows.length > 0);
  const { rows } = devices.getSnapshot();
  const { serialNumber } = rows.find(({ status }) => status === "ONLINE") ?? { serialNumber: "" };
  portico.sandbox.changeDevice(serialNumber, { online: false });
  const changed = rows.map((row) => (row.serialNumber === serialNumber ? { ...row, status: "OFFLINE" } : row));
  await expect.poll(() => devices.getSnapshot().rows, { timeout: 5_000 }).toEqual(changed);
});
