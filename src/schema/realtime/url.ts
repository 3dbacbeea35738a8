import { isIP } from "node:net";
import { isPublicAddress } from "../../runtime/networks.ts";

const PORTS: ReadonlySet<string> = new Set(["", "80", "443", "8080", "8443"]);

/** Last labels that no name of the public internet has: reserved ones, and those that private networks and clusters use. */
const PRIVATE_LABELS: ReadonlySet<string> = new Set(
  (
    "alt arpa example internal invalid local localhost onion test " +
    "consul corp home intranet lan localdomain localdomain4 localdomain6 private svc"
  ).split(" "),
);

/**
 * Returns the URL of a receiver in its normalized form, which all programs read alike, or null if it is not allowed. Allowed
 * are http and https without credentials, on a usual port, with a name or an address of the public internet. The gateway
 * connects to the receiver, so this server does not resolve the name.
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
  const labels = host.split(".");
  return labels.length > 1 && !PRIVATE_LABELS.has(labels.at(-1) ?? "");
};
