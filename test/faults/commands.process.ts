import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import type { GatewayOptions, GatewayReady, GatewayInstruction, GatewayReport } from "./commands.gateway.ts";

/** Each fault, and how many requests succeed between two of them on average. */
const FAULTS: readonly (readonly [FaultInput, everyNth: number])[] = [
  [{ kind: "resetBefore" }, 60],
  [{ kind: "resetAfter" }, 60],
  [{ kind: "resetDuring" }, 120],
  [{ kind: "brokenJson" }, 120],
  [{ kind: "5xx", status: 500 }, 60],
  [{ kind: "5xx", status: 503, afterEffect: true }, 60],
  [{ kind: "hang" }, 500],
  [{ kind: "hang", afterEffect: true }, 500],
  [{ kind: "429", retryAfter: 1 }, 600],
  [{ kind: "delay", ms: 300 }, 100],
];
const TICK_MS = 10;
const ACKNOWLEDGE_MS = 200;
const UNLICENSED = "SN7D0900041";
const SPARE = "SN7F0000009";

const { seed, speed } = JSON.parse(process.argv[2] ?? "") as GatewayOptions;
const sandbox = await startSandbox({
  seed,
  rate: false,
  live: false,
  acknowledgeMs: ACKNOWLEDGE_MS,
  ledgerLimit: 1_000_000,
});
sandbox.clock.run(speed);
const { world } = sandbox.gateway;
const devices = [...world.devices.values()].filter(
  ({ DeviceSN, doors }) => doors.length > 0 && DeviceSN !== UNLICENSED && DeviceSN !== SPARE,
);
for (const { DeviceSN } of devices) sandbox.changeDevice(DeviceSN, { online: true });

const random = createRandom(seed, "gateway faults");
const pending = new Map<string, string>();
let outages = 0;
let faultTimer: NodeJS.Timeout | undefined;
const outageTimers = new Set<NodeJS.Timeout>();

/** Makes sure that each fault is scheduled for one of the next requests. */
const addFaults = () => {
  const waiting = new Set(sandbox.faults.list().map(({ id }) => id));
  for (const [fault, everyNth] of FAULTS) {
    const name = JSON.stringify(fault);
    if (waiting.has(pending.get(name) ?? "")) continue;
    pending.set(name, sandbox.faults.add({ ...fault, skip: Math.floor(2 * everyNth * random()) }));
  }
};

/** Takes a device offline and online again, each for some seconds, until `stopFaults`. */
const alternate = (DeviceSN: string, online: boolean) => {
  sandbox.changeDevice(DeviceSN, { online });
  if (!online) outages += 1;
  const timer = setTimeout(
    () => {
      outageTimers.delete(timer);
      alternate(DeviceSN, !online);
    },
    online ? 2_000 + 6_000 * random() : 300 + 2_700 * random(),
  );
  outageTimers.add(timer);
};

const stopFaults = () => {
  clearInterval(faultTimer);
  sandbox.faults.clear();
  for (const timer of outageTimers) clearTimeout(timer);
  for (const { DeviceSN } of devices) sandbox.changeDevice(DeviceSN, { online: true });
};

const report = (): GatewayReport => {
  const entries = sandbox.ledger.entries();
  const byFault = Map.groupBy(entries, ({ fault }) => fault);
  return {
    commands: [...world.commands.values()].map(({ CommandID, OperationID, DeviceSN, CommandStatus }) => ({
      CommandID,
      OperationID,
      DeviceSN,
      CommandStatus,
    })),
    openings: world.accessEvents.flatMap(({ EventType, CommandID }) =>
      EventType === "RemoteOpen" && CommandID !== null ? [CommandID] : [],
    ),
    requestsSent: entries
      .filter(
        ({ operation }) =>
          operation === "OpenDoor" || operation.startsWith("Enroll") || operation.startsWith("SetUser"),
      )
      .map(({ operation, operationId, performed, http }) => ({
        operation,
        operationId,
        mayHaveWorked: performed || http === null || http >= 500,
      })),
    faults: [...byFault].flatMap(([fault, all]) => (fault === null ? [] : [[fault, all.length] as const])),
    requests: entries.length,
    outages,
  };
};

process.on("message", (instruction: GatewayInstruction) => {
  if (instruction === "stopFaults") stopFaults();
  else if (instruction === "report") process.send?.(report());
  else {
    faultTimer = setInterval(addFaults, TICK_MS);
    for (const { DeviceSN } of devices) alternate(DeviceSN, true);
  }
});
process.once("disconnect", () => process.exit(0));
process.send?.({
  url: sandbox.url,
  token: sandbox.token,
  devices: devices.map(({ DeviceSN, doors, users }) => ({
    DeviceSN,
    doors: doors.map(({ DoorNo }) => DoorNo),
    employees: [...users.keys()],
  })),
} satisfies GatewayReady);
