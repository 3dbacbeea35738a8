import { expect, test } from "vitest";
import { failureOf, GATE, openClient, openSandbox } from "../kit/gateway/upstream.ts";

test.each(["5xx", "resetAfter", "brokenJson"] as const)(
  "only a write that ends with %s may have had an effect",
  async (kind) => {
    const sandbox = await openSandbox();
    const client = openClient(sandbox, { random: () => 0 });
    sandbox.faults.add({ kind, status: 500, times: null });
    const read = await failureOf(client.call("ListDevices", { Limit: 1 }));
    expect(read.facts.ambiguous).toBe(false);
    const write = await failureOf(client.call("ResetDeviceQueue", { DeviceSN: GATE }));
    expect(write.facts.ambiguous).toBe(true);
  },
);
