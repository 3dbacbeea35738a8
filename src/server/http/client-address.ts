import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { createNetworks } from "../../runtime/networks.ts";

/** Which addresses requests may come from. */
export interface AddressCheckOptions {
  /** Addresses and networks, such as `203.0.113.7` and `2001:db8::/32`. */
  readonly allow: readonly string[];
  /** Addresses and networks of proxies whose X-Forwarded-For is trusted. @default none */
  readonly proxies?: readonly string[];
}

/** Returns the address of the client that sent a request. */
export type ClientAddressOf = (request: IncomingMessage) => string;

/** Returns the IPv4 address that an IPv6 socket reports as a mapped address. */
export const unmapped = (address: string): string =>
  address.includes(":") ? address.replace(/^::ffff:(?=\d+\.)/i, "") : address;

const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/** Returns the address in a hop of X-Forwarded-For, which some proxies write with its port; other text as it is. */
const addressIn = (hop: string): string => {
  if (isIP(hop) !== 0) return unmapped(hop);
  const [, v6, v4 = v6] = WITH_PORT.exec(hop) ?? [];
  return v4 !== undefined && isIP(v4) !== 0 ? unmapped(v4) : hop;
};

/**
 * Creates the function that determines client addresses. It reads X-Forwarded-For from its end, and only as far as trusted
 * proxies wrote it: any client can write what precedes that.
 *
 * @throws if a proxy is not an address or a network.
 */
export const createClientAddressOf = (proxies: readonly string[]): ClientAddressOf => {
  const isProxy = createNetworks(proxies);
  return ({ socket, headers }) => {
    if (proxies.length === 0) return unmapped(socket.remoteAddress ?? "");
    const forwarded = headers["x-forwarded-for"] ?? "";
    const hops = String(forwarded)
      .split(",")
      .map((hop) => addressIn(hop.trim()));
    let address = unmapped(socket.remoteAddress ?? "");
    for (
      let hop = hops.pop();
      hop !== undefined && hop !== "" && isIP(address) !== 0 && isProxy(address);
      hop = hops.pop()
    ) {
      address = hop;
    }
    return address;
  };
};

/**
 * Creates a function that returns whether a request comes from an allowed address.
 *
 * @throws if an entry is not an address or a network.
 */
export const createAddressCheck = ({
  allow,
  proxies = [],
}: AddressCheckOptions): ((request: IncomingMessage) => boolean) => {
  const isAllowed = createNetworks(allow);
  const clientAddressOf = createClientAddressOf(proxies);
  return (request) => {
    const address = clientAddressOf(request);
    return isIP(address) !== 0 && isAllowed(address);
  };
};
