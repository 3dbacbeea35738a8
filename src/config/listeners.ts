import { isIP } from "node:net";

interface Listener {
  /** The variable that its port comes from. */
  readonly variable: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Returns a sentence for each server that would listen where one before it listens already. */
export const sharedPorts = (listeners: readonly Listener[]): string[] =>
  listeners.flatMap((listener, index) => {
    const other = listeners.slice(0, index).find((before) => isSameAddress(before, listener));
    if (other === undefined || listener.port === 0) return [];
    return [`${listener.variable} must differ from ${other.variable}; received ${listener.port} for both.`];
  });

const isSameAddress = (one: Listener, other: Listener): boolean =>
  one.port === other.port &&
  (one.host === other.host || includes(one.host, other.host) || includes(other.host, one.host));

/** Whether the address stands for all addresses of this machine, or all of version 4, and the host is one of them. */
const includes = (address: string, host: string): boolean =>
  address === "::" || (address === "0.0.0.0" && isIP(host) !== 6);
