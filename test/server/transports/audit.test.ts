import { serverAudits } from "graphql-http";
import { expect, test } from "vitest";
import { startTestServer } from "../../kit/server/harness.ts";

test.each([true, false])("all audits of GraphQL over HTTP pass (development: %s)", async (development) => {
  const { url } = await startTestServer({ development });
  const audits = serverAudits({ url: `${url}/graphql` });
  const results = [];
  for (const audit of audits) results.push(await audit.fn());
  expect(results.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(results).toHaveLength(61);
});
