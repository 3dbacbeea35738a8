import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export interface SourceOptions {
  /** Addresses and networks, such as `203.0.113.7` and `2001:db8::/32`. */
  readonly allow: readonly string[];
  /** Those of proxies whose X-Forwarded-For is believed. */
  readonly proxies?: readonly string[];
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 4 ? "ipv4" : "ipv6");

const networks = (ranges: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => list.check(address, familyOf(address));
};

/** An IPv4 address as such, also where a socket of IPv6 took the connection. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/**
 * Whether a request comes from an allowed address. X-Forwarded-For is read from its end, and only as far as proxies that
 * are known wrote it: what stands before that can be written by anybody. Throws for what is no address or network.
 */
export const createSourceCheck = ({ allow, proxies = [] }: SourceOptions): ((request: IncomingMessage) => boolean) => {
  const isAllowed = networks(allow);
  const isProxy = networks(proxies);
  return ({ socket, headers }) => {
    const forwarded = headers["x-forwarded-for"] ?? "";
    const hops = String(forwarded)
      .split(",")
      .map((hop) => plain(hop.trim()));
    let source = plain(socket.remoteAddress ?? "");
    for (
      let hop = hops.pop();
      hop !== undefined && hop !== "" && isIP(source) !== 0 && isProxy(source);
      hop = hops.pop()
    ) {
      source = hop;
    }
    return isIP(source) !== 0 && isAllowed(source);
  };
};
