import { createCallbackQueues } from "./callbacks/queues.ts";
import type { SandboxClock } from "./clock.ts";
import { createCommandQueues } from "./commands/queues.ts";
import type { Gateway } from "./handler.ts";
import { startLife } from "./life.ts";
import { runMigrations } from "./migrations.ts";
import { createRandom } from "./random.ts";
import type { World } from "./state.ts";

export interface GatewayFacts {
  readonly world: World;
  readonly clock: SandboxClock;
  readonly seed: number;
  readonly newId: Gateway["newId"];
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly stop: () => void;
}

/** Puts a world to work: its command queues, its callbacks and, where it is live, its people. */
export const createGateway = ({ world, clock, seed, newId }: GatewayFacts, live: boolean): RunningGateway => {
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
