import { createInstance } from "../faults/instance.ts";
import { freePort } from "../kit/ports.ts";
import { canariesIn } from "./canaries.ts";
import { type Descriptors, descriptorsOf } from "./descriptors.ts";
import { startWiretap, type Wiretap } from "./wiretap.ts";

/** The program in its own process, with everything that is observable from outside. */
export interface Program {
  /** The URL of the wiretap in front of the program. */
  readonly url: string;
  readonly tap: Wiretap;
  /** The URL of the admin port. */
  readonly admin: string;
  readonly pid: () => number | undefined;
  readonly hasCrashed: () => boolean;
  /** Returns the log lines since the last call. */
  readonly lines: () => readonly string[];
  /** Returns a metric without labels. */
  readonly metric: (name: string) => Promise<number>;
  readonly descriptors: () => Descriptors | null;
  readonly terminate: () => Promise<{ readonly code: number | null; readonly ms: number }>;
  readonly stop: () => Promise<void>;
}

export interface ProgramOptions {
  readonly file: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Ports of gateways, whose connections are counted separately. */
  readonly upstream: readonly number[];
}

/** Sends a request and closes its connection. */
export const getOnce = async (url: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(url, { headers: { connection: "close" } });
  return { status: response.status, text: await response.text() };
};

/** Starts the program in production mode, unless the environment sets another one. */
export const startProgram = async ({ file, env, upstream }: ProgramOptions): Promise<Program> => {
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
    hasCrashed: instance.hasCrashed,
    lines() {
      const taken = lines;
      lines = [];
      return taken;
    },
    async metric(name) {
      const { text } = await getOnce(`${admin}/metrics`);
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

/** Finds problems in a program's log: secrets, and errors that it reports. */
export const complaintsAbout = (
  lines: readonly string[],
): { readonly leaks: string[]; readonly defects: string[] } => ({
  leaks: lines.flatMap((line) => canariesIn(line).map((name) => `The log contains the ${name}: ${line.slice(0, 300)}`)),
  defects: lines
    .filter((line) => /"level":"(error|fatal)"|Warning:|uncaught|unhandled/i.test(line))
    .map((line) => `The log reports a defect: ${line.slice(0, 400)}`),
});
