import { expect, test } from "vitest";
import { ADDED, TODAY } from "../../examples/clients/documents.ts";
import { createClient } from "../../src/client/index.ts";
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
