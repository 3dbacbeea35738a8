import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { createNetworks } from "../../runtime/networks.ts";

export interface AddressCheckOptions {
  /** Addresses and networks, such as `203.0.113.7` and `2001:db8::/32`. */
  readonly allow: readonly string[];
  /** Those of proxies whose X-Forwarded-For is believed. */
  readonly proxies?: readonly string[];
}

/** The address that a request comes from. */
export type ClientAddressOf = (request: IncomingMessage) => string;

/** An IPv4 address as such, also where a socket of IPv6 took the connection. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/**
 * X-Forwarded-For is read from its end, and only as far as proxies that are known wrote it: what stands before that can be
 * written by anybody. Throws for what is no address or network.
 */
export const createClientAddressOf = (proxies: readonly string[]): ClientAddressOf => {
  const isProxy = createNetworks(proxies);
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
    return source;
  };
};

/** Whether a request comes from an allowed address. Throws for what is no address or network. */
export const createAddressCheck = ({
  allow,
  proxies = [],
}: AddressCheckOptions): ((request: IncomingMessage) => boolean) => {
  const isAllowed = createNetworks(allow);
  const sourceOf = createClientAddressOf(proxies);
  return (request) => {
    const source = sourceOf(request);
    return isIP(source) !== 0 && isAllowed(source);
  };
};
