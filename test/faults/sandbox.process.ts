import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { toWall } from "../../src/sandbox/time.ts";
import type { FeedOptions, FeedProgress, FeedReady } from "./gateway.ts";

/** The maximum queue of a device's receiver: people punch only as fast as the events are delivered. */
const MAX_QUEUED = 20;
const TICK_MS = 5;
const REPORT_MS = 20;

const { seed, speed, start, events, devices, perSecond } = JSON.parse(process.argv[2] ?? "") as FeedOptions;
const sandbox = await startSandbox({ seed, start, rate: false, live: false, people: 5, devices, ledgerLimit: 1_000 });
sandbox.clock.run(speed);

const serials = [...sandbox.gateway.world.devices.keys()];
for (const DeviceSN of serials) sandbox.changeDevice(DeviceSN, { online: true });
const punchCounts = new Map(serials.map((DeviceSN) => [DeviceSN, 0]));
const today = (DeviceSN: string) => sandbox.gateway.callbacks.health(DeviceSN).Today;

/** Creates one more punch: by another employee, a second later. */
const punch = (DeviceSN: string) => {
  const number = (punchCounts.get(DeviceSN) ?? 0) + 1;
  punchCounts.set(DeviceSN, number);
  const AttendanceLog = toWall(start + number * 1_000, "UTC");
  sandbox.punch({ DeviceSN, EmployeeCode: String(number), AttendanceLog });
};

/** The number of punches that are due by now. */
const due = (sinceMs: number): number =>
  perSecond === null ? events : Math.min(events, Math.floor((sinceMs * perSecond) / 1_000));

const feed = (startedAt: number) => {
  const all = due(performance.now() - startedAt);
  for (const [index, DeviceSN] of serials.entries()) {
    const share = Math.floor((all + index) / serials.length);
    for (
      let free = MAX_QUEUED - today(DeviceSN).Queued;
      free > 0 && (punchCounts.get(DeviceSN) ?? 0) < share;
      free -= 1
    ) {
      punch(DeviceSN);
    }
  }
};

/** The number of events before there was a receiver. */
const before = new Map<string, number>();

const reportProgress = () => {
  const progress: FeedProgress = serials.map((DeviceSN) => {
    const { Received, Pushed, Queued, Failed } = today(DeviceSN);
    const punches = punchCounts.get(DeviceSN) ?? 0;
    const others = Received - (before.get(DeviceSN) ?? 0) - punches;
    return { DeviceSN, punches, others, acknowledged: Pushed, failed: Failed, waiting: Queued };
  });
  // The parent process may have exited.
  process.send?.(progress, undefined, undefined, () => {});
};

process.once("message", () => {
  for (const DeviceSN of serials) before.set(DeviceSN, today(DeviceSN).Received);
  const startedAt = performance.now();
  setInterval(() => feed(startedAt), TICK_MS);
  setInterval(reportProgress, REPORT_MS);
});
process.once("disconnect", () => process.exit(0));
process.send?.({ url: sandbox.url, token: sandbox.token, serials } satisfies FeedReady);
