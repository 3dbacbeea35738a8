import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import type { GatewayOptions, GatewayReady, Order, Report } from "./commands.gateway.ts";

/** Each fault, and how many requests go well in between, on average. */
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
const NOT_LICENSED = "SN7D0900041";
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
  ({ DeviceSN, doors }) => doors.length > 0 && DeviceSN !== NOT_LICENSED && DeviceSN !== SPARE,
);
for (const { DeviceSN } of devices) sandbox.changeDevice(DeviceSN, { online: true });

const random = createRandom(seed, "gateway faults");
const pending = new Map<string, string>();
let outages = 0;
let striking: NodeJS.Timeout | undefined;
const switching = new Set<NodeJS.Timeout>();

/** Sees to it that each fault waits for one of the next requests. */
const strike = () => {
  const waiting = new Set(sandbox.faults.list().map(({ id }) => id));
  for (const [fault, everyNth] of FAULTS) {
    const name = JSON.stringify(fault);
    if (waiting.has(pending.get(name) ?? "")) continue;
    pending.set(name, sandbox.faults.add({ ...fault, skip: Math.floor(2 * everyNth * random()) }));
  }
};

/** On line for some seconds, off line for some, for ever. */
const alternate = (DeviceSN: string, online: boolean) => {
  sandbox.changeDevice(DeviceSN, { online });
  if (!online) outages += 1;
  const timer = setTimeout(
    () => {
      switching.delete(timer);
      alternate(DeviceSN, !online);
    },
    online ? 2_000 + 6_000 * random() : 300 + 2_700 * random(),
  );
  switching.add(timer);
};

const heal = () => {
  clearInterval(striking);
  sandbox.faults.clear();
  for (const timer of switching) clearTimeout(timer);
  for (const { DeviceSN } of devices) sandbox.changeDevice(DeviceSN, { online: true });
};

const report = (): Report => {
  const entries = sandbox.ledger.entries();
  const met = Map.groupBy(entries, ({ fault }) => fault);
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
    sent: entries
      .filter(
        ({ operation }) =>
          operation === "OpenDoor" || operation.startsWith("Enroll") || operation.startsWith("SetUser"),
      )
      .map(({ operation, operationId, performed, http }) => ({
        operation,
        operationId,
        mayHaveWorked: performed || http === null || http >= 500,
      })),
    faults: [...met].flatMap(([fault, all]) => (fault === null ? [] : [[fault, all.length] as const])),
    requests: entries.length,
    outages,
  };
};

process.on("message", (order: Order) => {
  if (order === "heal") heal();
  else if (order === "report") process.send?.(report());
  else {
    striking = setInterval(strike, TICK_MS);
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
