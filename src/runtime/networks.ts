import { BlockList, isIP } from "node:net";

/** Of IPv4, what is no address of the public internet: private, loopback, link-local, shared, benchmarks, tests, multicast. */
const IPV4 = [
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
 * Of IPv6, all but 2000::/3, which leaves out loopback, IPv4 in every mapping, NAT64, local and link-local addresses and
 * multicast; and in 2000::/3 what is tunnelled, as Teredo and 6to4, or given to tests.
 */
const IPV6 = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

/** Addresses of one family: a list of both takes an IPv4 address for its mapping into IPv6. */
const listOf = (networks: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
};

const inner4 = listOf(IPV4, "ipv4");
const inner6 = listOf(IPV6, "ipv6");

/** Whether an address is one of the public internet. What is no address is not. */
export const isPublicAddress = (address: string): boolean => {
  const version = isIP(address);
  if (version === 4) return !inner4.check(address, "ipv4");
  return version === 6 && !address.includes("%") && !inner6.check(address, "ipv6");
};

/** Whether an address leads back to this machine. */
export const isLoopbackAddress = (address: string): boolean => /^127(\.\d{1,3}){3}$/.test(address) || address === "::1";

/** Whether an address lies in one of these networks, such as `10.0.0.0/8` and `2001:db8::7`. Throws for what is none. */
export const createNetworks = (ranges: readonly string[]): ((address: string) => boolean) => {
  const parsed = ranges.map((range) => {
    const [address = "", prefix] = range.split("/");
    const isV4 = isIP(address) === 4;
    return { isV4, network: [address, prefix === undefined ? (isV4 ? 32 : 128) : Number(prefix)] as const };
  });
  const networksOf = (wanted: boolean) => parsed.filter(({ isV4 }) => isV4 === wanted).map(({ network }) => network);
  const lists = { 4: listOf(networksOf(true), "ipv4"), 6: listOf(networksOf(false), "ipv6") };
  return (address) => {
    const version = isIP(address);
    return (version === 4 || version === 6) && lists[version].check(address, version === 4 ? "ipv4" : "ipv6");
  };
};
