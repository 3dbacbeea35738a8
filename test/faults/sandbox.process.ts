import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { toWall } from "../../src/sandbox/time.ts";
import type { FeedOptions, FeedProgress, FeedReady } from "./gateway.ts";

/** What waits for a device's receiver at most: people go on punching only as fast as the news of it gets through. */
const AHEAD = 20;
const TICK_MS = 5;
const TELL_MS = 20;

const { seed, speed, start, events, devices, perSecond } = JSON.parse(process.argv[2] ?? "") as FeedOptions;
const sandbox = await startSandbox({ seed, start, rate: false, live: false, people: 5, devices, ledgerLimit: 1_000 });
sandbox.clock.run(speed);

const serials = [...sandbox.gateway.world.devices.keys()];
for (const DeviceSN of serials) sandbox.changeDevice(DeviceSN, { online: true });
const made = new Map(serials.map((DeviceSN) => [DeviceSN, 0]));
const today = (DeviceSN: string) => sandbox.gateway.callbacks.health(DeviceSN).Today;

/** One more punch: of somebody else, a second later. */
const punch = (DeviceSN: string) => {
  const number = (made.get(DeviceSN) ?? 0) + 1;
  made.set(DeviceSN, number);
  const AttendanceLog = toWall(start + number * 1_000, "UTC");
  sandbox.punch({ DeviceSN, EmployeeCode: String(number), AttendanceLog });
};

/** How many there may have been by now. */
const due = (sinceMs: number): number =>
  perSecond === null ? events : Math.min(events, Math.floor((sinceMs * perSecond) / 1_000));

const feed = (began: number) => {
  const all = due(performance.now() - began);
  for (const [index, DeviceSN] of serials.entries()) {
    const share = Math.floor((all + index) / serials.length);
    for (let free = AHEAD - today(DeviceSN).Queued; free > 0 && (made.get(DeviceSN) ?? 0) < share; free -= 1) {
      punch(DeviceSN);
    }
  }
};

/** What happened before there was a receiver. */
const before = new Map<string, number>();

const tell = () => {
  const progress: FeedProgress = serials.map((DeviceSN) => {
    const { Received, Pushed, Queued, Failed } = today(DeviceSN);
    const punches = made.get(DeviceSN) ?? 0;
    const others = Received - (before.get(DeviceSN) ?? 0) - punches;
    return { DeviceSN, punches, others, acknowledged: Pushed, failed: Failed, waiting: Queued };
  });
  // Its parent may just have gone.
  process.send?.(progress, undefined, undefined, () => {});
};

process.once("message", () => {
  for (const DeviceSN of serials) before.set(DeviceSN, today(DeviceSN).Received);
  const began = performance.now();
  setInterval(() => feed(began), TICK_MS);
  setInterval(tell, TELL_MS);
});
process.once("disconnect", () => process.exit(0));
process.send?.({ url: sandbox.url, token: sandbox.token, serials } satisfies FeedReady);
