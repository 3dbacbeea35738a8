import { createCallbackQueues } from "./callbacks/queues.ts";
import type { SandboxClock } from "./clock.ts";
import { createCommandQueues } from "./commands/queues.ts";
import type { Gateway } from "./handler.ts";
import { startLife } from "./life.ts";
import { runMigrations } from "./migrations.ts";
import { createRandom } from "./random.ts";
import type { World } from "./state.ts";

/** What a simulated gateway runs on. */
export interface GatewayOptions {
  readonly world: World;
  readonly clock: SandboxClock;
  readonly seed: number;
  readonly newId: Gateway["newId"];
}

/** A gateway with its timers running. */
export interface RunningGateway {
  readonly gateway: Gateway;
  readonly stop: () => void;
}

/** Runs a world: its command queues, its callbacks and, if it is live, its people. */
export const createGateway = ({ world, clock, seed, newId }: GatewayOptions, live: boolean): RunningGateway => {
  const callbacks = createCallbackQueues({ world, clock, newId, random: createRandom(seed, "callbacks") });
  const commands = createCommandQueues({ world, clock, newId });
  const gateway: Gateway = { world, clock, random: createRandom(seed, "gateway"), newId, callbacks, commands };
  const stopMigrations = runMigrations(gateway);
  const stopLife = live ? startLife(gateway) : () => {};
  return {
    gateway,
    stop() {
      stopLife();
      stopMigrations();
      commands.stop();
      callbacks.stop();
    },
  };
};
