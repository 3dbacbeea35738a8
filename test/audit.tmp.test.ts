import { serverAudits } from "graphql-http";
import { expect, test } from "vitest";
import { startTestServer } from "./server/harness.ts";
test("audits", async () => {
  const s = await startTestServer({ development: true });
  const out = [];
  for (const audit of serverAudits({ url: `${s.url}/graphql` })) {
    const r = await audit.fn();
    if (r.status !== "ok") out.push(`${r.status} ${audit.id} ${audit.name}: ${"reason" in r ? r.reason : ""} ${"response" in r ? r.response.status + " " + await r.response.clone().text(): ""}`);
  }
  console.log(out.join("\n"));
  expect(out).toEqual([]);
});
