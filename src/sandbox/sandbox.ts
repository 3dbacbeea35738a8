import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { OperationName } from "../contract/operations.ts";
import { createSandboxClock } from "./clock.ts";
import { commandHandlers } from "./commands/index.ts";
import { applyDeviceChange, clockState, type Controls, punchAll } from "./controls.ts";
import { createGateway, type GatewayOptions } from "./gateway.ts";
import type { Handlers } from "./handler.ts";
import { createControlPlane } from "./http/control.ts";
import { createFaults } from "./http/faults.ts";
import { createLedger } from "./http/ledger.ts";
import { createRateLimit, type Rate } from "./http/rate.ts";
import { type AnyHandler, createGatewayServer } from "./http/server.ts";
import { createIds, createToken } from "./random.ts";
import { createReadHandlers } from "./reads/index.ts";
import { restoreWorld, takeSnapshot, WorldSnapshot } from "./snapshot.ts";
import { createArchive } from "./world/archive.ts";
import { createWorld } from "./world/seed.ts";

/** Options of the simulated gateway. */
export interface SandboxOptions {
  /** @default "127.0.0.1" */
  readonly host?: string;
  /**
   * The port to listen on; 0 takes any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * The same seed and start create the same world.
   * @default 20260621
   */
  readonly seed?: number;
  /**
   * The sandbox's time at the start, in milliseconds since 1970 UTC.
   * @default now
   */
  readonly start?: number;
  /**
   * Whether time stands still until it is advanced.
   * @default false
   */
  readonly frozen?: boolean;
  /**
   * Whether people punch, doors open and devices go offline on their own.
   * @default false
   */
  readonly live?: boolean;
  /**
   * The rate limit per token; false for no limit.
   * @default 20 requests per second with bursts of 40
   */
  readonly rate?: Rate | false;
  /**
   * The account's token: 32 letters and digits.
   * @default derived from the seed
   */
  readonly accountToken?: string;
  /**
   * The number of people with a user record.
   * @default 60
   */
  readonly people?: number;
  /**
   * The number of devices. Those beyond the ten of the seeded account are all alike.
   * @default 10
   */
  readonly devices?: number;
  /**
   * The minimum number of punches. Those beyond five weeks are generated when they are read.
   * @default 0
   */
  readonly punches?: number;
  /**
   * How long every device takes to acknowledge a command, in milliseconds.
   * @default some seconds, different for each device
   */
  readonly acknowledgeMs?: number;
  /**
   * How many requests the ledger keeps at least.
   * @default 100000
   */
  readonly ledgerLimit?: number;
}

/** A running simulated gateway and its controls. */
export interface Sandbox extends Controls {
  readonly stop: () => Promise<void>;
}

const SavedState = z.object({
  clock: z.object({ now: z.number(), frozen: z.boolean(), speed: z.number() }).optional(),
  world: WorldSnapshot,
});

const DEFAULT_SEED = 20_260_621;
const DEFAULT_RATE: Rate = { perSecond: 20, burst: 40 };

const createGatewayOptions = (options: SandboxOptions): GatewayOptions => {
  const { seed = DEFAULT_SEED, start = Date.now(), people = 60, devices = 10, punches = 0 } = options;
  const clock = createSandboxClock(start);
  if (options.frozen === true) clock.freeze(start);
  const newId = createIds(seed);
  const world = createWorld({ seed, now: start, people, devices, newId });
  const archive = createArchive(punches, world, seed, start);
  if (archive !== undefined) world.archive = archive;
  if (options.acknowledgeMs !== undefined) {
    for (const device of world.devices.values()) device.acknowledgeMs = options.acknowledgeMs;
  }
  return { world, clock, seed, newId };
};

/** Starts the simulated gateway as an HTTP server with its control plane under `/_sandbox/`. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const gatewayOptions = createGatewayOptions(options);
  const { clock, seed } = gatewayOptions;
  let running = createGateway(gatewayOptions, options.live === true);
  const token = options.accountToken ?? createToken(seed, "account");
  const deviceTokens = new Map(
    [...gatewayOptions.world.devices.keys()].map((serial) => [serial, createToken(seed, serial)]),
  );
  const ledger = createLedger(options.ledgerLimit ?? 100_000);
  const faults = createFaults();
  const handlers: Handlers<OperationName> = { ...createReadHandlers(), ...commandHandlers };

  const server = createGatewayServer({
    gateway: () => running.gateway,
    tokens: { account: token, devices: deviceTokens },
    rateLimit: createRateLimit(options.rate ?? DEFAULT_RATE),
    ledger,
    faults,
    handlerOf: (name) => handlers[name] as AnyHandler,
    control: createControlPlane(() => sandbox),
  });
  const { host = "127.0.0.1", port = 0 } = options;
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;

  const sandbox: Sandbox = {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    token,
    deviceTokens,
    get gateway() {
      return running.gateway;
    },
    clock,
    ledger,
    faults,
    changeDevice: (DeviceSN, change) => applyDeviceChange(running.gateway, DeviceSN, change),
    punch: (...inputs) => punchAll(running.gateway, inputs),
    state: () => ({ clock: clockState(clock), world: takeSnapshot(running.gateway.world) }),
    restore(saved) {
      const state = SavedState.parse(saved);
      running.stop();
      if (state.clock !== undefined) {
        clock.freeze(state.clock.now);
        if (!state.clock.frozen) clock.run(state.clock.speed);
      }
      running = createGateway({ ...gatewayOptions, world: restoreWorld(state.world) }, options.live === true);
    },
    async stop() {
      running.stop();
      clock.stop();
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
  return sandbox;
};
