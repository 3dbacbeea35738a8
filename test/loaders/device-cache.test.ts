import { expect, test, vi } from "vitest";
import { createDeviceCache } from "../../src/loaders/device-cache.ts";
import { reportingStatus } from "../../src/loaders/reported-status.ts";
import { setBack } from "../kit/set-back.ts";

const DEVICE = "SN7A2300583";

test("a device that comes back after the clock was set back is not offline", async () => {
  for (const report of ["event", "read"]) {
    const cache = createDeviceCache();
    cache.setStatus(DEVICE, "Offline");
    expect(cache.isOffline(DEVICE)).toBe(true);
    setBack();
    if (report === "event") cache.setStatus(DEVICE, "Online");
    else {
      const answer = { Devices: [{ DeviceSN: DEVICE, Status: "Online" }] };
      await reportingStatus(cache, () => Promise.resolve(answer as never))("ListDevices", {});
    }
    expect(cache.isOffline(DEVICE)).toBe(false);
  }
});

test("what was reported a minute ago says nothing, whatever the clock says meanwhile", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const cache = createDeviceCache();
    cache.setStatus(DEVICE, "Offline");
    setBack();
    vi.advanceTimersByTime(59_999);
    expect(cache.isOffline(DEVICE)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(cache.isOffline(DEVICE)).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

test("a read that began before an event reports nothing newer", async () => {
  const cache = createDeviceCache();
  const { promise, resolve } = Promise.withResolvers<never>();
  const read = reportingStatus(cache, () => promise)("ListDevices", {});
  await new Promise((done) => setTimeout(done, 2));
  cache.setStatus(DEVICE, "Offline");
  resolve({ Devices: [{ DeviceSN: DEVICE, Status: "Online" }] } as never);
  await read;
  expect(cache.isOffline(DEVICE)).toBe(true);
});
