import type { Instance } from "../faults/instance.ts";
import { type GraphQLClient, createGraphQLClient } from "./client.ts";
import { startPrograms, urlOf } from "./program.ts";
import { type RemoteSandbox, startRemoteSandbox } from "./sandbox.ts";

/** An instance with its own gateway: what is disturbed, or its control. */
export interface Side {
  readonly sandbox: RemoteSandbox;
  readonly instance: Instance;
  readonly client: GraphQLClient;
}

export const startSide = async (world: Parameters<typeof startRemoteSandbox>[0]): Promise<Side> => {
  const sandbox = await startRemoteSandbox(world);
  const [instance] = await startPrograms(1, { gateway: sandbox });
  if (instance === undefined) throw new Error("startPrograms must return an instance.");
  return { sandbox, instance, client: createGraphQLClient(urlOf(instance)) };
};

export const stopSide = async ({ sandbox, instance, client }: Side): Promise<void> => {
  await client.stop();
  await instance.kill();
  await sandbox.stop();
};
