import type { GatewayRequest } from "./request.ts";

export interface Tokens {
  readonly account: string;
  /** Tokens of single devices, by serial number; a call that names such a device alone carries its token. */
  readonly devices: ReadonlyMap<string, string>;
}

export const tokenFor = ({ account, devices }: Tokens, { device }: GatewayRequest): string =>
  (device === null ? undefined : devices.get(device)) ?? account;
