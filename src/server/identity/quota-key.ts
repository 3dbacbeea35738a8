import { isIP } from "node:net";
import { ANONYMOUS, callerKey } from "../../schema/kernel/viewer.ts";
import type { Caller } from "./caller.ts";

/** By what the operations of a caller are counted together: who it is, or where it is as long as nobody has to say. */
export const quotaKey = ({ identity, address }: Pick<Caller, "identity" | "address">): string =>
  callerKey(identity.viewer) ?? networkKey(address);

/** Whether a caller has shown who it is. */
export const isAuthenticated = ({ identity }: Caller): boolean => identity.viewer !== ANONYMOUS;

/** Where an address is, as far as its owner cannot choose: whoever has one address of IPv6 has 2^64 of them. */
export const networkKey = (address: string): string => {
  if (isIP(address) !== 6) return address.slice(0, 64);
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const behind = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length);
  return [...groups, ...Array<string>(missing).fill("0"), ...behind]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
};
