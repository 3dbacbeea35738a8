import { BlockList, isIP } from "node:net";

const IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const;

const IPV6 = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["100::", 64],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const;

const inner = new BlockList();
for (const [net, prefix] of IPV4) inner.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of IPV6) inner.addSubnet(net, prefix, "ipv6");

const PORTS: ReadonlySet<string> = new Set(["", "80", "443", "8080", "8443"]);

/**
 * Whether a receiver may stand at this address: http or https, no credentials, a usual port, a name or an address of the
 * public internet. The gateway is what connects there, so the name itself is not resolved here.
 */
export const isPublicUrl = (url: string): boolean => {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password, port } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return false;
  if (username !== "" || password !== "" || !PORTS.has(port)) return false;
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  const version = isIP(host);
  if (version !== 0) return !inner.check(host, version === 4 ? "ipv4" : "ipv6");
  return host.includes(".") && !/(^|\.)(localhost|local|internal|lan|home|arpa)$/.test(host);
};
