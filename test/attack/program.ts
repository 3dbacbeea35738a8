import { createInstance } from "../faults/instance.ts";
import { freePort } from "../kit/ports.ts";
import { canariesIn } from "./canaries.ts";
import { type Descriptors, descriptorsOf } from "./descriptors.ts";
import { startWiretap, type Wiretap } from "./wiretap.ts";

/** The program in a process of its own, with everything that can be seen of it from outside. */
export interface Program {
  /** Where to ask: a wiretap stands before it. */
  readonly url: string;
  readonly tap: Wiretap;
  /** For operators. */
  readonly admin: string;
  readonly pid: () => number | undefined;
  readonly hasFallen: () => boolean;
  /** The lines that it wrote since the last call of this function. */
  readonly lines: () => readonly string[];
  /** A metric without labels. */
  readonly metric: (name: string) => Promise<number>;
  readonly descriptors: () => Descriptors | null;
  readonly terminate: () => Promise<{ readonly code: number | null; readonly ms: number }>;
  readonly stop: () => Promise<void>;
}

export interface ProgramWish {
  readonly file: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Ports that it may connect to as often as it likes. */
  readonly upstream: readonly number[];
}

/** A request that leaves no connection behind. */
export const look = async (url: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(url, { headers: { connection: "close" } });
  return { status: response.status, text: await response.text() };
};

/** Starts it in production, unless its environment says otherwise. */
export const startProgram = async ({ file, env, upstream }: ProgramWish): Promise<Program> => {
  let lines: string[] = [];
  const adminPort = await freePort();
  const instance = await createInstance(
    file,
    { NODE_ENV: "production", LOG_LEVEL: "debug", ADMIN_PORT: String(adminPort), ...env },
    (line) => void lines.push(line),
  );
  await instance.start();
  const tap = await startWiretap(instance.port);
  const admin = `http://127.0.0.1:${adminPort}`;
  return {
    url: tap.url,
    tap,
    admin,
    pid: instance.pid,
    hasFallen: instance.hasFallen,
    lines() {
      const told = lines;
      lines = [];
      return told;
    },
    async metric(name) {
      const { text } = await look(`${admin}/metrics`);
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    },
    descriptors: () => descriptorsOf(instance.pid() ?? 0, { own: [instance.port, adminPort], upstream }),
    terminate: instance.stop,
    async stop() {
      await tap.stop();
      await instance.kill();
    },
  };
};

/** What is wrong with what a program wrote: secrets, and defects that it found in itself. */
export const complaintsAbout = (
  lines: readonly string[],
): { readonly leaks: string[]; readonly defects: string[] } => ({
  leaks: lines.flatMap((line) => canariesIn(line).map((name) => `The log tells the ${name}: ${line.slice(0, 300)}`)),
  defects: lines
    .filter((line) => /"level":"(error|fatal)"|Warning:|uncaught|unhandled/i.test(line))
    .map((line) => `The log tells of a defect: ${line.slice(0, 400)}`),
});
