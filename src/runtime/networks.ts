import { BlockList, isIP } from "node:net";

/** IPv4 networks outside the public internet: private, loopback, link-local, shared, benchmarks, documentation, multicast. */
const NON_PUBLIC_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/**
 * IPv6 networks outside the public internet: everything but 2000::/3, which excludes loopback, every mapping of IPv4, NAT64,
 * local, link-local and multicast addresses; and within 2000::/3 tunnels, such as Teredo and 6to4, and documentation.
 */
const NON_PUBLIC_IPV6 = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

/** A list has one family only: a list of both treats an IPv4 address as its mapping into IPv6. */
const listOf = (networks: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
};

const nonPublic4 = listOf(NON_PUBLIC_IPV4, "ipv4");
const nonPublic6 = listOf(NON_PUBLIC_IPV6, "ipv6");

/** Returns whether a text is an address of the public internet. */
export const isPublicAddress = (address: string): boolean => {
  const version = isIP(address);
  if (version === 4) return !nonPublic4.check(address, "ipv4");
  return version === 6 && !address.includes("%") && !nonPublic6.check(address, "ipv6");
};

/** Returns whether an address is a loopback address of this machine. */
export const isLoopbackAddress = (address: string): boolean => /^127(\.\d{1,3}){3}$/.test(address) || address === "::1";

/**
 * Returns a function that checks whether an address is in one of the networks, such as `10.0.0.0/8` and `2001:db8::7`.
 *
 * @throws if a range is not a network.
 */
export const createNetworks = (ranges: readonly string[]): ((address: string) => boolean) => {
  const parsed = ranges.map((range) => {
    const [address = "", prefix] = range.split("/");
    const isV4 = isIP(address) === 4;
    return { isV4, network: [address, prefix === undefined ? (isV4 ? 32 : 128) : Number(prefix)] as const };
  });
  const networksOf = (family: 4 | 6) =>
    parsed.filter(({ isV4 }) => isV4 === (family === 4)).map(({ network }) => network);
  const lists = { 4: listOf(networksOf(4), "ipv4"), 6: listOf(networksOf(6), "ipv6") };
  return (address) => {
    const version = isIP(address);
    return (version === 4 || version === 6) && lists[version].check(address, version === 4 ? "ipv4" : "ipv6");
  };
};
