import { expect, test } from "vitest";
import { freePort } from "../kit/ports.ts";
import { startPortico } from "../kit/portico/app.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

const SERIAL_NUMBER = "SN7A2300583";
const FORMER = { PUBLIC_URL: "https://portico.example.com", CALLBACK_SECRET: "a".repeat(32) } as const;
const FORMER_URL = `${FORMER.PUBLIC_URL}/callbacks/${FORMER.CALLBACK_SECRET}`;

const QUEUE = `{ device(serialNumber: "${SERIAL_NUMBER}") { status health { queueStatus } } }`;
const END = `mutation ($url: HttpUrl!) {
  registerCallback(input: { url: $url, active: false }) { callback { url active } userErrors { message } }
}`;

test("the registration of a former CALLBACK_SECRET or PUBLIC_URL blocks each device until it is ended by its URL", async () => {
  const sandbox = await withSandbox({ live: false, acknowledgeMs: 10 });
  const former = await startPortico(sandbox, FORMER);
  await former.stop();
  const port = String(await freePort());
  const rotated = { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, CALLBACK_SECRET: "b".repeat(32) };
  const portico = await startPortico(sandbox, rotated);
  const device = async () => (await portico.ask<{ device: object }, never>(QUEUE)).data.device;
  sandbox.punch({ DeviceSN: SERIAL_NUMBER, EmployeeCode: "1042" });
  await expect.poll(device, { timeout: 20_000 }).toEqual({ status: "DEGRADED", health: { queueStatus: "STUCK" } });
  const { data } = await portico.ask(END, { url: FORMER_URL });
  expect(data).toEqual({
    registerCallback: {
      callback: { url: `${FORMER.PUBLIC_URL}/callbacks/***`, active: false },
      userErrors: [],
    },
  });
  await expect.poll(device).toEqual({ status: "ONLINE", health: { queueStatus: "IDLE" } });
}, 40_000);
