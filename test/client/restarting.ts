import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type Instance, startInstance } from "../kit/instance.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

/** A process of Portico that ends and starts again at the same address, in front of a gateway that goes on. */
export interface RestartingPortico extends Instance {
  readonly sandbox: Sandbox;
  /** Records punches of these people, one second apart. */
  readonly punch: (...employeeCodes: readonly string[]) => void;
}

const START = Date.parse("2026-06-21T04:00:00Z");

/** Starts a gateway and the real program. `env` goes to the program. */
export const startRestartingPortico = async (
  env: Readonly<Record<string, string>> = {},
): Promise<RestartingPortico> => {
  const sandbox = await withSandbox({ start: START, live: false });
  const instance = await startInstance(sandbox, env);
  return {
    ...instance,
    sandbox,
    punch(...employeeCodes) {
      for (const EmployeeCode of employeeCodes) {
        sandbox.clock.advance(1_000);
        sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode });
      }
    },
  };
};
