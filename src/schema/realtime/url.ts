import { isIP } from "node:net";
import { isPublicAddress } from "../../runtime/networks.ts";

const PORTS: ReadonlySet<string> = new Set(["", "80", "443", "8080", "8443"]);

/**
 * The address of a receiver, in the one spelling that all programs read alike; null where none may stand: http or https, no
 * credentials, a usual port, a name or an address of the public internet. The gateway is what connects there, so the name
 * itself is not resolved here.
 */
export const publicUrl = (url: string): string | null => {
  const parsed = URL.parse(url);
  return parsed !== null && isPublic(parsed) ? parsed.href : null;
};

const isPublic = ({ protocol, hostname, username, password, port }: URL): boolean => {
  if (protocol !== "http:" && protocol !== "https:") return false;
  if (username !== "" || password !== "" || !PORTS.has(port)) return false;
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes(".") && !/(^|\.)(localhost|local|internal|lan|home|arpa)$/.test(host);
};
