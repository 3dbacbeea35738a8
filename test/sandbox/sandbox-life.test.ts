import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { EVENTS } from "../../src/contract/events.ts";
import { document } from "../contract/document.ts";
import { callOver, START } from "../kit/sandbox/caller.ts";
import { until } from "../kit/until.ts";
import { startReceiver } from "../kit/sandbox/receiver.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Shorter than what a receiver may take: one that is busy for a moment is not late. */
const STEP = 5_000;

const SCHEMAS = {
  "attendance.new": "AttendanceNewEvent",
  "device.status": "DeviceStatusEvent",
  "enrollment.update": "EnrollmentUpdateEvent",
} as const;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, "gateway", undefined, false);

const startLive = (seed = 1) => withSandbox({ start: START, frozen: true, live: true, seed });

test("a live sandbox pushes every kind of event once and as the contract specifies", async () => {
  const sandbox = await startLive();
  const receiver = await startReceiver();
  await callOver(sandbox)("RegisterCallback", { CallbackURL: receiver.url });
  const isIdle = (DeviceSN: string) => sandbox.gateway.callbacks.health(DeviceSN).QueueStatus === "Idle";
  for (let elapsed = 0; elapsed < HOUR; elapsed += STEP) {
    sandbox.clock.advance(STEP);
    await until(() => [...sandbox.gateway.world.devices.keys()].every(isIdle), { what: "everything to be delivered" });
  }
  const names = new Set(receiver.deliveries.map(({ body }) => body?.["Event"]));
  expect(names).toEqual(new Set(Object.keys(EVENTS)));
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const validate = ajv.compile({ $ref: `gateway#/components/schemas/${schema}` });
    const bodies = receiver.deliveries.map(({ body }) => body).filter((body) => body?.["Event"] === name);
    const faults = bodies.filter((body) => !validate(body)).map((body) => [body, ajv.errorsText(validate.errors)]);
    expect(faults).toEqual([]);
  }
  const ids = receiver.deliveries.map(({ body }) => body?.["EventID"]);
  expect(new Set(ids).size).toBe(ids.length);
});

test("there is a punch every 3 to 8 s, and every device that goes offline comes back", async () => {
  const sandbox = await startLive();
  const { world } = sandbox.gateway;
  const before = world.punches.length;
  const devices = [...world.devices.values()].filter((device) => device.online);
  for (let minute = 0; minute < 6 * 60; minute++) {
    sandbox.clock.advance(MINUTE);
    expect(devices.filter((device) => !device.online && device.returns == null)).toEqual([]);
  }
  const perHour = (world.punches.length - before) / 6;
  expect(perHour).toBeGreaterThan(HOUR / 8000);
  expect(perHour).toBeLessThan(HOUR / 3000);
});

test("the same seed and start produce the same punches", async () => {
  const [one, two, other] = await Promise.all([startLive(7), startLive(7), startLive(8)]);
  const punches = [one, two, other].map((sandbox) => {
    sandbox.clock.advance(HOUR);
    return sandbox.gateway.world.punches.slice(-200);
  });
  expect(punches[1]).toEqual(punches[0]);
  expect(punches[2]).not.toEqual(punches[0]);
});
