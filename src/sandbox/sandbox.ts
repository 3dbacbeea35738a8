import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { OperationName } from "../contract/operations.ts";
import { createSandboxClock } from "./clock.ts";
import { commandHandlers } from "./commands/index.ts";
import { applyDeviceChange, clockState, type Controls, punchAll } from "./controls.ts";
import { createGateway, type GatewayFacts } from "./gateway.ts";
import type { Handlers } from "./handler.ts";
import { createControlPlane } from "./http/control.ts";
import { createFaults } from "./http/faults.ts";
import { createLedger } from "./http/ledger.ts";
import { createRateLimit, type Rate } from "./http/rate.ts";
import { type AnyHandler, createGatewayServer } from "./http/server.ts";
import { createIds, createToken } from "./random.ts";
import { createReadHandlers } from "./reads/index.ts";
import { restoreWorld, takeSnapshot, WorldSnapshot } from "./snapshot.ts";
import { archiveUpTo } from "./world/archive.ts";
import { createWorld } from "./world/seed.ts";

export interface SandboxOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** The same seed and start make the same world. */
  readonly seed?: number;
  /** The sandbox's now at the start, in milliseconds since 1970 UTC. */
  readonly start?: number;
  /** Time stands still until it is advanced. */
  readonly frozen?: boolean;
  /** People punch, doors open, a device drops out now and then. */
  readonly live?: boolean;
  /** 20 a second, burst 40; false: no limit. */
  readonly rate?: Rate | false;
  /** 32 letters and digits. */
  readonly accountToken?: string;
  /** How many people have a user record. */
  readonly people?: number;
  /** How many devices there are; those beyond the ten of the seeded account are all alike. */
  readonly devices?: number;
  /** How many punches there are; those beyond five weeks' worth are made when they are read. */
  readonly punches?: number;
  /** How long every device takes to acknowledge a command; by default some seconds, each its own. */
  readonly acknowledgeMs?: number;
  /** How many requests the ledger remembers. */
  readonly ledgerLimit?: number;
}

/** A running gateway, and what one can do to it from outside. */
export interface Sandbox extends Controls {
  readonly stop: () => Promise<void>;
}

const SavedState = z.object({
  clock: z.object({ now: z.number(), frozen: z.boolean(), speed: z.number() }).optional(),
  world: WorldSnapshot,
});

const DEFAULT_SEED = 20_260_621;
const DEFAULT_RATE: Rate = { perSecond: 20, burst: 40 };

const createFacts = (options: SandboxOptions): GatewayFacts => {
  const { seed = DEFAULT_SEED, start = Date.now(), people = 60, devices = 10, punches = 0 } = options;
  const clock = createSandboxClock(start);
  if (options.frozen === true) clock.freeze(start);
  const newId = createIds(seed);
  const world = createWorld({ seed, now: start, people, devices, newId });
  const archive = archiveUpTo(punches, world, seed, start);
  if (archive !== undefined) world.archive = archive;
  if (options.acknowledgeMs !== undefined) {
    for (const device of world.devices.values()) device.acknowledgeMs = options.acknowledgeMs;
  }
  return { world, clock, seed, newId };
};

/** Starts the simulated gateway as an HTTP server with its control plane below `/_sandbox/`. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const facts = createFacts(options);
  const { clock, seed } = facts;
  let running = createGateway(facts, options.live === true);
  const token = options.accountToken ?? createToken(seed, "account");
  const deviceTokens = new Map([...facts.world.devices.keys()].map((serial) => [serial, createToken(seed, serial)]));
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
    punch: (...wishes) => punchAll(running.gateway, wishes),
    state: () => ({ clock: clockState(clock), world: takeSnapshot(running.gateway.world) }),
    restore(saved) {
      const state = SavedState.parse(saved);
      running.stop();
      if (state.clock !== undefined) {
        clock.freeze(state.clock.now);
        if (!state.clock.frozen) clock.run(state.clock.speed);
      }
      running = createGateway({ ...facts, world: restoreWorld(state.world) }, options.live === true);
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
