import { onTestFinished } from "vitest";
import { createGatewayClient, type GatewayClient, type GatewayClientOptions } from "../../../src/gateway/client.ts";
import { GatewayError } from "../../../src/gateway/errors.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import { withSandbox } from "../sandbox/with-sandbox.ts";

export const START = Date.parse("2026-06-21T04:00:00Z");
export const GATE = "SN7A2300583";
export const SIDE = "SN7A2300584";

export const openSandbox = (options: SandboxOptions = {}): Promise<Sandbox> =>
  withSandbox({ start: START, acknowledgeMs: 5, ...options });

export const openClient = (sandbox: Sandbox, options: Partial<GatewayClientOptions> = {}): GatewayClient => {
  const tokens = { account: sandbox.token, devices: new Map() };
  const client = createGatewayClient({ url: sandbox.url, tokens, ...options });
  onTestFinished(client.stop);
  return client;
};

/** Resolves with `answered`, or with the code of the failure. */
export const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "answered",
    (error: unknown) => {
      if (error instanceof GatewayError) return error.code;
      throw error;
    },
  );

export const failureOf = async (call: Promise<unknown>): Promise<GatewayError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError))
    throw new Error(`The call must fail with a GatewayError; received ${String(error)}`);
  return error;
};

export const refusals = (sandbox: Sandbox, since = 0): number =>
  sandbox.ledger.entries({ since }).filter(({ http }) => http === 429).length;
