import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The open descriptors of a process. */
export interface Descriptors {
  /** Connections to one of its own ports. */
  readonly inbound: number;
  /** Connections to one of the upstream ports. */
  readonly upstream: number;
  /** Everything else: files, pipes, listeners, and connections such as those to Redis. */
  readonly others: number;
}

const ESTABLISHED_OR_CLOSING = /^(01|04|05|08|09)$/;

const portIn = (address = ""): number => Number.parseInt(address.split(":").at(-1) ?? "", 16);

/** The connections of a process by the inode of their descriptor. */
const connectionsOf = (pid: number): ReadonlyMap<string, readonly [local: number, remote: number]> =>
  new Map(
    ["tcp", "tcp6"]
      .map((table) => `/proc/${pid}/net/${table}`)
      .filter((file) => existsSync(file))
      .flatMap((file) => readFileSync(file, "utf8").trim().split("\n").slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state = ""]) => ESTABLISHED_OR_CLOSING.test(state))
      .map(([, local, remote, , , , , , , inode = ""]) => [inode, [portIn(local), portIn(remote)]]),
  );

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
};

/** Returns the open descriptors of a process; null on a system without /proc. */
export const descriptorsOf = (
  pid: number,
  ports: { readonly own: readonly number[]; readonly upstream: readonly number[] },
): Descriptors | null => {
  const folder = `/proc/${pid}/fd`;
  if (!existsSync(folder)) return null;
  const connections = connectionsOf(pid);
  const links = readdirSync(folder)
    .map((name) => linkOf(`${folder}/${name}`))
    .filter((link) => link !== "");
  const kinds = links.map((link) => {
    const [local = 0, remote = 0] = connections.get(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? "") ?? [];
    if (ports.own.includes(local)) return "inbound";
    return ports.upstream.includes(remote) ? "upstream" : "others";
  });
  const count = (kind: (typeof kinds)[number]) => kinds.filter((each) => each === kind).length;
  return { inbound: count("inbound"), upstream: count("upstream"), others: count("others") };
};
