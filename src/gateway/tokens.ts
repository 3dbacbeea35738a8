import { GatewayError } from "./errors.ts";
import type { GatewayRequest } from "./request.ts";
import { isRead, type Layer } from "./resilience/chain.ts";

export interface Tokens {
  readonly account: string;
  /** Tokens of single devices, by serial number; a call that names such a device alone carries its token. */
  readonly devices: ReadonlyMap<string, string>;
}

/** The tokens to use now. Where the gateway refused one it is named, and they are to be read anew. Never rejects. */
export type TokenSource = (refused?: string) => Tokens | Promise<Tokens>;

const tokenFor = ({ account, devices }: Tokens, { device }: GatewayRequest): string =>
  (device === null ? undefined : devices.get(device)) ?? account;

/** Gives requests their token. A read whose token was refused is sent once more if there is another one by now. */
export const authorize =
  (tokens: Tokens | TokenSource): Layer =>
  (next) =>
  async (attempt) => {
    const source = typeof tokens === "function" ? tokens : () => tokens;
    const token = tokenFor(await source(), attempt.request);
    try {
      return await next({ ...attempt, token });
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "UPSTREAM_UNAUTHENTICATED") throw error;
      const another = tokenFor(await source(token), attempt.request);
      if (another === token || !isRead(attempt)) throw error;
      return next({ ...attempt, token: another });
    }
  };
