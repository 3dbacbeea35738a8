import { createInstance, type Instance } from "../faults/instance.ts";
import { PORTICO } from "../faults/portico.ts";

/** What an instance connects to. */
export interface ProgramEnvironment {
  readonly gateway: { readonly url: string; readonly token: string };
  /** Absent if each instance is reached by its own URL. */
  readonly publicUrl?: string;
  readonly redisUrl?: string;
}

/** The base URL of an instance. */
export const urlOf = ({ port }: Instance): string => `http://127.0.0.1:${port}`;

/** Starts `howMany` instances of the real program; all of them answer. */
export const startPrograms = async (howMany: number, environment: ProgramEnvironment): Promise<readonly Instance[]> => {
  const { gateway, publicUrl = "http://127.0.0.1:9", redisUrl = "" } = environment;
  const env = PORTICO.env({ gateway, publicUrl, redisUrl });
  const instances: Instance[] = [];
  while (instances.length < howMany) instances.push(await createInstance(PORTICO.file, env));
  await Promise.all(instances.map((instance) => instance.start()));
  return instances;
};
