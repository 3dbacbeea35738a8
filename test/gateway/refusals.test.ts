import { expect, test } from "vitest";
import { startOnScratch } from "../kit/gateway/scratch.ts";

test.each([
  ["a number", { StatusCode: 35 }],
  ["text", { StatusCode: "35" }],
  ["a member of another spelling", { StatusCode: undefined, statuscode: 35 }],
])("a refusal in the body of a 200 is a failure, with its code as %s", async (_kind, refusal) => {
  const portico = await startOnScratch({ ListDevices: { ...refusal, Devices: [] } });
  const { errors } = await portico.ask<unknown, object>("{ devices { nodes { name } } }");
  expect(errors).toMatchObject([{ path: ["devices"], extensions: { code: "UPSTREAM_NOT_ALLOWED", statusCode: 35 } }]);
});

test.each([
  { StatusCode: 0 },
  { StatusCode: "0" },
  { StatusCode: undefined, statuscode: 0 },
  { StatusCode: undefined },
])("a 200 with %o is an answer", async (done) => {
  const portico = await startOnScratch({ ListDevices: { ...done, Devices: [] } });
  const { data, errors } = await portico.ask<unknown, object>("{ devices { nodes { name } } }");
  expect([data, errors]).toEqual([{ devices: { nodes: [] } }, undefined]);
});
