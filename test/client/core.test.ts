import { expect, test } from "vitest";
import { createClient } from "../../src/client/index.ts";
import { graphql } from "../gql/gql.ts";
import { startPortico } from "../kit/portico/app.ts";
import { until } from "../kit/until.ts";

const TODAY = graphql(`
  query ClientToday {
    attendanceToday { cursor punches(first: 20) { nodes { id localTime user { employeeCode } } } }
  }
`);
const ADDED = graphql(`
  subscription ClientPunchAdded($after: EventCursor) {
    punchAdded(after: $after) { cursor gap replayed punch { id localTime user { employeeCode } } }
  }
`);
const OPEN = graphql(`
  mutation ClientOpenDoor($input: OpenDoorInput!) {
    openDoor(input: $input) { command { id status } userErrors { code message } }
  }
`);

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

test("a command is sent once and followed to its final state", async () => {
  const portico = await startPortico({ acknowledgeMs: 300 });
  const client = createClient({ url: `${portico.url}/graphql` });
  const seen: string[] = [];
  const run = client.command(OPEN, { serialNumber: "SN7A2300583" });
  run.subscribe(({ status, commands }) => void seen.push(`${status} ${commands.map((each) => each.status).join()}`));
  const { status, commands, data } = await run.result;
  expect({ status, final: commands.map((each) => each.status) }).toEqual({ status: "done", final: ["SUCCEEDED"] });
  expect(data?.openDoor.command?.id).toBe(commands[0]?.id);
  expect(seen.some((text) => text.startsWith("pending"))).toBe(true);
  expect(portico.upstream().filter((name) => name === "OpenDoor")).toHaveLength(1);
});
