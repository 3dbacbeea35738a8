import { test } from "vitest";
import { startTestServer } from "./server/harness.ts";
test("x", async () => {
  const s = await startTestServer({ development: true });
  console.log(await (await s.post({ query: "{hello}" })).text());
  console.log(JSON.stringify(s.logs, null, 1));
});
