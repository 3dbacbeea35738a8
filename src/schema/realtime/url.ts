import { isIP } from "node:net";
import { isPublicAddress } from "../../runtime/networks.ts";

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
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes(".") && !/(^|\.)(localhost|local|internal|lan|home|arpa)$/.test(host);
};
