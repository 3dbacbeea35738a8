import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/runtime/logger.ts";
import { sendNotFound } from "../../../src/server/http/respond.ts";
import { startHttpServer } from "../../../src/server/http/server.ts";
import { createWallHandler } from "../../../src/server/routes/wall.ts";

/** A server of a wall whose files a test writes. */
const serveWall = async () => {
  const directory = await mkdtemp(join(tmpdir(), "portico-wall-"));
  const handle = createWallHandler({ directory, linkOrigin: () => "http://127.0.0.1" }, sendNotFound);
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    handle,
    logger: createLogger({ level: "silent" }),
  });
  onTestFinished(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  return { directory, statusOf };
};

test("a wall that is asked for while it is built is served as soon as all of it is there", async () => {
  const { directory, statusOf } = await serveWall();
  expect(await statusOf("/")).toBe(404);
  await writeFile(join(directory, "index.html"), '<script type="module" src="/wall/wall-1.js"></script>');
  expect(await statusOf("/")).toBe(404);
  await mkdir(join(directory, "wall"));
  await writeFile(join(directory, "wall", "wall-1.js"), "export {};");
  expect(await statusOf("/")).toBe(200);
  expect(await statusOf("/wall/wall-1.js")).toBe(200);
});
