import { expect } from "vitest";
import { OPERATIONS } from "../../src/contract/operations.ts";
import type { RemoteSandbox } from "../proofs/sandbox.ts";
import { CANARIES, canariesIn } from "./canaries.ts";
import { complaintsAbout, getOnce, type Program } from "./program.ts";
import type { World } from "./world.ts";

/** What must hold after every case. */
export interface Invariants {
  /**
   * Checks the invariants.
   * @throws AssertionError if one does not hold.
   */
  readonly check: (expectation: {
    readonly allowedCommands: readonly string[];
    readonly logsErrors: boolean;
  }) => Promise<void>;
}

const POLL = { timeout: 15_000, interval: 50 };

const commandsSince = async (sandbox: RemoteSandbox, marker: number): Promise<readonly string[]> =>
  (await sandbox.entries(marker))
    .map(({ operation }) => operation)
    .filter((name) => name in OPERATIONS && OPERATIONS[name as keyof typeof OPERATIONS].safety !== "read");

/** Searches everything in Redis in the form in which it would write it to disk. */
const FIND_SECRETS = `
local found = {}
for _, key in ipairs(redis.call("KEYS", "*")) do
  local text = key .. redis.call("DUMP", key)
  for _, secret in ipairs(ARGV) do
    if string.find(text, secret, 1, true) then table.insert(found, key) end
  end
end
return found`;

const keysWithSecrets = ({ redis }: World): Promise<unknown> =>
  redis.ask("EVAL", FIND_SECRETS, 0, ...Object.values(CANARIES));

const openConnections = async (program: Program): Promise<object> => {
  program.tap.cut();
  return {
    inbound: program.descriptors()?.inbound ?? 0,
    sockets: await program.metric("portico_sockets"),
    subscribers: await program.metric("portico_subscribers"),
  };
};

/** The maximum number of upstream connections: the concurrency limit of two accounts. */
const MAX_UPSTREAM = 2 * 80;

export const watchInvariants = async (world: World): Promise<Invariants> => {
  const { north, south } = world;
  const programs = [world.program, world.routed];
  const pids = programs.map(({ pid }) => pid());
  const others = programs.map((program) => program.descriptors()?.others ?? 0);
  let markers = [await north.marker(), await south.marker()] as const;

  const checkProgram = async (program: Program, index: number, logsErrors: boolean) => {
    expect([program.pid(), program.hasCrashed()], "the process").toEqual([pids[index], false]);
    const isReady = async () => (await getOnce(`${program.admin}/health/ready`)).status;
    await expect.poll(isReady, { ...POLL, message: "ready" }).toBe(200);
    const nothing = { inbound: 0, sockets: 0, subscribers: 0 };
    await expect.poll(() => openConnections(program), { ...POLL, message: "open connections" }).toEqual(nothing);
    const open = () => program.descriptors()?.others ?? 0;
    await expect.poll(open, { ...POLL, message: "descriptors" }).toBeLessThanOrEqual(others[index] ?? 0);
    expect(program.descriptors()?.upstream ?? 0, "connections to gateways").toBeLessThanOrEqual(MAX_UPSTREAM);
    expect(canariesIn((await getOnce(`${program.admin}/metrics`)).text), "secrets in metrics").toEqual([]);
    expect(program.tap.leaks(), "secrets in answers").toEqual([]);
    const { leaks, defects } = complaintsAbout(program.lines());
    expect(leaks, "secrets in the log").toEqual([]);
    if (!logsErrors) expect(defects, "the log").toEqual([]);
  };

  return {
    async check({ allowedCommands, logsErrors }) {
      await Promise.all(programs.map((program, index) => checkProgram(program, index, logsErrors)));
      expect(await keysWithSecrets(world), "secrets in Redis").toEqual([]);
      const [northern, southern] = await Promise.all([
        commandsSince(north, markers[0]),
        commandsSince(south, markers[1]),
      ]);
      markers = [await north.marker(), await south.marker()];
      const unexpected = [...northern, ...southern].filter((name) => !allowedCommands.includes(name));
      expect(unexpected, "unexpected commands").toEqual([]);
    },
  };
};
