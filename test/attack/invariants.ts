import { expect } from "vitest";
import { OPERATIONS } from "../../src/contract/operations.ts";
import type { RemoteSandbox } from "../proofs/sandbox.ts";
import { CANARIES, canariesIn } from "./canaries.ts";
import { complaintsAbout, look, type Program } from "./program.ts";
import type { World } from "./world.ts";

/** What has to hold after every case, whatever was sent. */
export interface Invariants {
  /** Throws where one does not hold. `explains`: the commands that the case gave; `faults`: whether it made the program complain. */
  readonly check: (wish: { readonly explains: readonly string[]; readonly faults: boolean }) => Promise<void>;
}

const SETTLE = { timeout: 15_000, interval: 50 };

const commandsSince = async (sandbox: RemoteSandbox, marker: number): Promise<readonly string[]> =>
  (await sandbox.entries(marker))
    .map(({ operation }) => operation)
    .filter((name) => name in OPERATIONS && OPERATIONS[name as keyof typeof OPERATIONS].safety !== "read");

/** Looks through all that Redis holds, as it would write it to its disk. */
const LOOK_THROUGH = `
local found = {}
for _, key in ipairs(redis.call("KEYS", "*")) do
  local text = key .. redis.call("DUMP", key)
  for _, secret in ipairs(ARGV) do
    if string.find(text, secret, 1, true) then table.insert(found, key) end
  end
end
return found`;

const keysWithSecrets = ({ redis }: World): Promise<unknown> =>
  redis.ask("EVAL", LOOK_THROUGH, 0, ...Object.values(CANARIES));

const leftOpen = async (program: Program): Promise<object> => {
  program.tap.cut();
  return {
    inbound: program.descriptors()?.inbound ?? 0,
    sockets: await program.metric("portico_sockets"),
    subscribers: await program.metric("portico_subscribers"),
  };
};

/** Most connections to a gateway: what may be in flight, of two accounts. */
const MOST_UPSTREAM = 2 * 80;

export const watchInvariants = async (world: World): Promise<Invariants> => {
  const { north, south } = world;
  const programs = [world.program, world.routed];
  const pids = programs.map(({ pid }) => pid());
  const others = programs.map((program) => program.descriptors()?.others ?? 0);
  let markers = [await north.marker(), await south.marker()] as const;

  const checkProgram = async (program: Program, index: number, faults: boolean) => {
    expect([program.pid(), program.hasFallen()], "the process").toEqual([pids[index], false]);
    const isReady = async () => (await look(`${program.admin}/health/ready`)).status;
    await expect.poll(isReady, { ...SETTLE, message: "ready" }).toBe(200);
    const nothing = { inbound: 0, sockets: 0, subscribers: 0 };
    await expect.poll(() => leftOpen(program), { ...SETTLE, message: "left open" }).toEqual(nothing);
    const open = () => program.descriptors()?.others ?? 0;
    await expect.poll(open, { ...SETTLE, message: "descriptors" }).toBeLessThanOrEqual(others[index] ?? 0);
    expect(program.descriptors()?.upstream ?? 0, "connections to gateways").toBeLessThanOrEqual(MOST_UPSTREAM);
    expect(canariesIn((await look(`${program.admin}/metrics`)).text), "secrets in metrics").toEqual([]);
    expect(program.tap.leaks(), "secrets in answers").toEqual([]);
    const { leaks, defects } = complaintsAbout(program.lines());
    expect(leaks, "secrets in the log").toEqual([]);
    if (!faults) expect(defects, "the log").toEqual([]);
  };

  return {
    async check({ explains, faults }) {
      await Promise.all(programs.map((program, index) => checkProgram(program, index, faults)));
      expect(await keysWithSecrets(world), "secrets in Redis").toEqual([]);
      const [northern, southern] = await Promise.all([
        commandsSince(north, markers[0]),
        commandsSince(south, markers[1]),
      ]);
      markers = [await north.marker(), await south.marker()];
      const unexplained = [...northern, ...southern].filter((name) => !explains.includes(name));
      expect(unexplained, "commands that nobody gave").toEqual([]);
    },
  };
};
