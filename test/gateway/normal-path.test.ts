import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CallOptions, GatewayClient, RequestTrace } from "../../src/gateway/client.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { GATE, openClient, openSandbox, SIDE } from "../kit/gateway/upstream.ts";

/** Calls that a script makes; the last two are writes, of which no retry may send a second one. */
const CALLS = {
  list: (client: GatewayClient, options: CallOptions) => client.call("ListDevices", { Limit: 3 }, options),
  users: (client: GatewayClient, options: CallOptions) =>
    client.call("ListUsers", { DeviceSN: GATE, Limit: 2 }, options),
  info: (client: GatewayClient, options: CallOptions) => client.call("GetDeviceInfo", { DeviceSN: SIDE }, options),
  unknown: (client: GatewayClient, options: CallOptions) =>
    client.call("FindUser", { EmployeeCode: "NOBODY" }, options),
  invalid: (client: GatewayClient, options: CallOptions) => client.call("FindUser", { EmployeeCode: "" }, options),
  ping: (client: GatewayClient, options: CallOptions) =>
    client.call("PingConnection", { DeviceSN: GATE, TimeoutSeconds: 1 }, options),
  open: (client: GatewayClient, options: CallOptions) => client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 }, options),
  sync: (client: GatewayClient, options: CallOptions) =>
    client.call("SyncDeviceTime", { DeviceSN: [GATE, SIDE], Wait: 0 }, options),
} as const;

interface Step {
  readonly fault: FaultInput | null;
  readonly calls: readonly {
    readonly name: keyof typeof CALLS;
    readonly scope: string | undefined;
    /** Aborted before the call, while it is under way, or not at all. */
    readonly abort: "before" | "during" | "never";
    readonly deadlineMs: number | undefined;
  }[];
  readonly renew: boolean;
}

const FAULTS: readonly FaultInput[] = [
  { kind: "5xx", status: 500 },
  { kind: "5xx", status: 503, times: 2 },
  { kind: "5xx", status: 502, times: 3 },
  { kind: "429", retryAfter: 0 },
  { kind: "429", retryAfter: 3_600 },
  { kind: "unauthenticated" },
  { kind: "unauthenticated", times: 2 },
  { kind: "echo", status: 400 },
  { kind: "html", status: 200 },
  { kind: "html", status: 302 },
  { kind: "giant", bytes: 300_000 },
  { kind: "hang" },
  { kind: "resetBefore" },
  { kind: "resetAfter" },
  { kind: "resetDuring" },
  { kind: "brokenJson" },
  { kind: "sloppy" },
  { kind: "hostileKeys" },
  { kind: "duplicateHeaders" },
  { kind: "delay", ms: 20 },
];

const call = fc.record({
  name: fc.constantFrom(...(Object.keys(CALLS) as (keyof typeof CALLS)[])),
  scope: fc.constantFrom("a", "a", "b", undefined),
  abort: fc.constantFrom("never" as const, "never" as const, "never" as const, "before" as const),
  deadlineMs: fc.constantFrom(undefined, undefined, undefined, 0),
});
const several: fc.Arbitrary<Step> = fc.record({
  fault: fc.option(fc.constantFrom(...FAULTS.filter(({ kind }) => kind !== "hang"))),
  calls: fc.array(call, { minLength: 1, maxLength: 6 }),
  renew: fc.boolean(),
});
/** A call that is aborted on its way, which takes a gateway that does not answer. */
const aborted: fc.Arbitrary<Step> = call.map((each) => ({
  fault: { kind: "hang" as const },
  calls: [{ ...each, abort: "during" as const, deadlineMs: undefined }],
  renew: false,
}));
/** A call that ends at its deadline, or at the limit of an attempt. */
const late: fc.Arbitrary<Step> = fc.tuple(call, fc.constantFrom(60, undefined)).map(([each, deadlineMs]) => ({
  fault: { kind: "hang" as const },
  calls: [{ ...each, abort: "never" as const, deadlineMs }],
  renew: false,
}));
const script = fc.array(fc.oneof({ weight: 12, arbitrary: several }, aborted, late), { minLength: 25, maxLength: 25 });

interface Side {
  readonly sandbox: Sandbox;
  readonly client: GatewayClient;
  /** How often the source of tokens was asked to replace a refused one. */
  readonly replacements: () => number;
}

/** Pauses of 20 ms: within a shorter time of the deadline no read is sent again. */
const random = () => 0.1;

const openSide = async (fused: boolean): Promise<Side> => {
  const sandbox = await openSandbox({ frozen: true, rate: false });
  let replacements = 0;
  const tokens = (refused?: string) => {
    if (refused !== undefined) replacements += 1;
    return { account: sandbox.token, devices: new Map<string, string>() };
  };
  // One connection, so that requests arrive in the order in which they are sent.
  const client = openClient(sandbox, { tokens, fused, connections: 1, random, attemptMs: 700, maxBytes: 200_000 });
  return { sandbox, client, replacements: () => replacements };
};

const failureOf = (error: unknown) =>
  error instanceof GatewayError
    ? { code: error.code, message: error.message, facts: error.facts }
    : { message: (error as Error).message };

/**
 * Answers enough calls that no circuit opens by the failures of the next step: those that do open depend on how many failures there are in
 * a second, and so on how busy the machine is.
 */
const calm = ({ client }: Side): Promise<unknown> =>
  Promise.allSettled(
    Array.from({ length: 5 }, () => [CALLS.info(client, {}), client.call("GetDeviceInfo", { DeviceSN: GATE })]).flat(),
  );

/** Takes a step and returns all that it shows: answers, errors, traces, what reached the gateway, and in which order. */
const take = async ({ sandbox, client, replacements }: Side, { fault, calls, renew }: Step) => {
  const since = sandbox.ledger.marker();
  if (renew) client.renew();
  if (fault !== null) sandbox.faults.add(fault);
  const outcomes = await Promise.all(
    calls.map(async ({ name, scope, abort, deadlineMs }) => {
      const controller = new AbortController();
      if (abort === "before") controller.abort();
      const traces: string[] = [];
      const onRequest = ({ operation, status, resends }: RequestTrace) =>
        traces.push(`${operation} ${status} ${resends}`);
      const answer = CALLS[name](client, { cacheScope: scope, signal: controller.signal, deadlineMs, onRequest });
      const outcome = answer.then((value) => ({ value }), failureOf);
      if (abort === "during") {
        const reached = outcome.then(() => true);
        await expect
          .poll(
            async () => sandbox.ledger.entries({ since }).length > 0 || Promise.race([reached, Promise.resolve(false)]),
            {
              interval: 2,
            },
          )
          .toBe(true);
        controller.abort();
      }
      return { ...(await outcome), traces };
    }),
  );
  sandbox.faults.clear();
  const ledger = sandbox.ledger
    .entries({ since })
    .map(({ operation, input, http, fault: applied }) => ({ operation, input, http, applied }));
  return { outcomes, ledger, health: client.health(), generation: client.generation(), replacements: replacements() };
};

const SEEDS = Array.from({ length: 16 }, (_, index) => 20_260_621 + index);

test.for(SEEDS)(
  "a call makes the same requests with the same result whether or not it goes through the layers, seed %i",
  {
    timeout: 60_000,
  },
  async (seed) => {
    const [steps = []] = fc.sample(script, { seed, numRuns: 1 });
    const [fused, layered] = [await openSide(true), await openSide(false)];
    for (const [index, step] of steps.entries()) {
      await Promise.all([calm(fused), calm(layered)]);
      const [actual, expected] = await Promise.all([take(fused, step), take(layered, step)]);
      expect({ index, step, ...actual }).toEqual({ index, step, ...expected });
    }
  },
);

test("callers of one read hear of every request, and of its answer, also after a retry", async () => {
  const results = await Promise.all(
    [true, false].map(async (isFused) => {
      const side = await openSide(isFused);
      const [first, second] = [{ name: "list", scope: "a", abort: "never", deadlineMs: undefined } as const, 3];
      const fault = { kind: "5xx", status: 500, times: 2 } as const;
      return take(side, { fault, calls: Array.from({ length: second }, () => first), renew: false });
    }),
  );
  expect(results[0]).toEqual(results[1]);
  for (const { traces } of results[0]?.outcomes ?? [])
    expect(traces).toEqual(["ListDevices 500 0", "ListDevices 500 1", "ListDevices 200 2"]);
});
