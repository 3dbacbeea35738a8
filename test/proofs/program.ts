import { createInstance, type Instance } from "../faults/instance.ts";
import { PORTICO } from "../faults/portico.ts";

export interface Surroundings {
  readonly gateway: { readonly url: string; readonly token: string };
  /** Left out: each instance is reached by its own URL. */
  readonly publicUrl?: string;
  readonly redisUrl?: string;
}

export const urlOf = ({ port }: Instance): string => `http://127.0.0.1:${port}`;

/** So many instances of the real program, all of them answering. */
export const startPrograms = async (howMany: number, surroundings: Surroundings): Promise<readonly Instance[]> => {
  const { gateway, publicUrl = "http://127.0.0.1:9", redisUrl = "" } = surroundings;
  const env = PORTICO.env({ gateway, publicUrl, redisUrl });
  const instances: Instance[] = [];
  while (instances.length < howMany) instances.push(await createInstance(PORTICO.file, env));
  await Promise.all(instances.map((instance) => instance.start()));
  return instances;
};
