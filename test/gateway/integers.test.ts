import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../../src/app/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { openRewritingGateway } from "../kit/gateway/rewrite.ts";
import { GATE, openSandbox } from "../kit/gateway/upstream.ts";

interface Answer {
  readonly data: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** Integers that a row can do without. */
const MEMBERS: ReadonlySet<string> = new Set([
  "AccessScheduleID",
  "ActualRowCount",
  "Attempts",
  "ClockDriftSeconds",
  "DriftSeconds",
  "LatencyMs",
  "QueueDepth",
  "QueuePosition",
  "RestartedCallbacks",
  "Size",
  "Users",
]);

/** The code of a command; that of an answer decides whether the answer is a failure, and stays. */
const isCommandCode = (name: string, holder: Readonly<Record<string, unknown>>): boolean =>
  name === "StatusCode" && "CommandStatus" in holder;

const QUERY = `{
  device(serialNumber: "${GATE}") {
    serialNumber
    health { status clockDriftSeconds }
    info { firmware users { used capacity } }
    ping { reachable latencyMs }
    users(first: 1) { totalCount nodes { employeeCode accessScheduleId credentials { kind size } } }
  }
  punches(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", first: 1) { totalCount nodes { at } }
  gateway { rateLimitRemaining }
}`;

const MUTATION = `mutation {
  syncDeviceTime(input: { serialNumbers: ["${GATE}"] }) {
    commands { status statusCode queuePosition attempts driftSeconds device { serialNumber } }
  }
  resetDeviceQueue(input: { serialNumber: "${GATE}" }) { restartedCallbacks }
}`;

/** Portico in front of a gateway that answers `value` for all these integers. */
const openApp = async (value: number) => {
  const sandbox = await openSandbox();
  const url = await openRewritingGateway(sandbox, {
    member: (name, own, holder) =>
      (typeof own === "number" || own === null) && (MEMBERS.has(name) || isCommandCode(name, holder)) ? value : own,
    headers: { "x-ratelimit-remaining": "2147483648" },
  });
  const env = { PORT: "0", ACCESS: "open", GATEWAY_URL: url, GATEWAY_AUTH_TOKEN: sandbox.token, LOG_LEVEL: "silent" };
  const app = await startApp(parseConfig(env));
  onTestFinished(app.stop);
  return async (query: string): Promise<Answer> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  };
};

test.for([2_147_483_648, -2_147_483_649, 1e12, 2_147_483_648.5])(
  "where the gateway answers %d for an integer, the field is null and its row stays",
  async (value) => {
    const ask = await openApp(value);
    const text = expect.any(String) as string;
    expect(await ask(QUERY)).toEqual({
      data: {
        device: {
          serialNumber: GATE,
          health: { status: "ONLINE", clockDriftSeconds: null },
          info: { firmware: text, users: null },
          ping: { reachable: true, latencyMs: null },
          users: {
            totalCount: null,
            nodes: [
              { employeeCode: "1001", accessScheduleId: null, credentials: [{ kind: "FINGERPRINT", size: null }] },
            ],
          },
        },
        punches: { totalCount: null, nodes: [{ at: text }] },
        gateway: { rateLimitRemaining: null },
      },
      // Null would say that the user has no schedule.
      errors: [
        expect.objectContaining({
          path: ["device", "users", "nodes", 0, "accessScheduleId"],
          extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
        }),
      ],
    });
    const unknown = { statusCode: null, queuePosition: null, attempts: null, driftSeconds: null };
    expect(await ask(MUTATION)).toEqual({
      data: {
        syncDeviceTime: { commands: [{ status: "SUCCEEDED", ...unknown, device: { serialNumber: GATE } }] },
        resetDeviceQueue: { restartedCallbacks: null },
      },
    });
  },
);
