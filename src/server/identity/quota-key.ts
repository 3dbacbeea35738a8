import { isIP } from "node:net";
import { callerKey } from "../../schema/kernel/viewer.ts";
import type { Caller } from "./caller.ts";

/** Returns the key that the operations of a caller are counted by: its identity, or its network if it is anonymous. */
export const quotaKey = ({ identity, address }: Pick<Caller, "identity" | "address">): string =>
  callerKey(identity.viewer) ?? networkKey(address);

/** Returns whether a caller presented a credential. */
export const isAuthenticated = ({ identity }: Caller): boolean => identity.viewer.credential !== "none";

/** Returns the part of an address that its owner cannot choose: the owner of one IPv6 address has 2^64 of them. */
export const networkKey = (address: string): string => {
  if (!address.includes(":") || isIP(address) !== 6) return address.slice(0, 64);
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const tailGroups = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tailGroups.length);
  return [...groups, ...Array<string>(missing).fill("0"), ...tailGroups]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
};
