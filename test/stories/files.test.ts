import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type SpawnedProgram, spawnProgram } from "../kit/program.ts";
import { until } from "../kit/until.ts";

const DEVICES = "{ devices { totalCount } }";

/** Opens connections that send nothing, and counts those that are still open. */
const crowd = (program: SpawnedProgram, count: number) => {
  const closed = new Set<Socket>();
  const connected = new Set<Socket>();
  const port = Number(new URL(program.url).port);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1", () => void connected.add(socket));
    return socket
      .on("error", () => {})
      .on("close", () => void closed.add(socket))
      .resume();
  });
  const leave = () => sockets.forEach((socket) => void socket.destroy());
  onTestFinished(leave);
  return {
    sockets,
    leave,
    open: () => sockets.filter((socket) => !closed.has(socket)),
    isSettled: () => connected.size === count && closed.size > 0,
  };
};

/** Sends a query on an open connection; resolves with the response. */
const askOn = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once("data", (data) => resolve(String(data)));
    socket.write(`GET /graphql?query=${encodeURIComponent(DEVICES)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });

test("more connections than files are refused with one line, and those that are open are answered", {
  timeout: 60_000,
}, async () => {
  const program = await spawnProgram({ stdout: "pipe", shell: "ulimit -n 200; exec $PROGRAM" });
  let text = "";
  program.child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await program.answers();
  const refusals = () => text.split("\n").filter((line) => line.includes("too many connections"));
  for (let round = 0; round < 3; round += 1) {
    const { open, isSettled, leave } = crowd(program, 600);
    await until(isSettled, { timeoutMs: 10_000 });
    await until(() => open().length <= 150, { timeoutMs: 10_000 });
    const [first, second] = open();
    for (const socket of [first, second]) {
      if (socket === undefined) throw new Error("No connection is open.");
      expect(await askOn(socket)).toContain('"totalCount":10');
    }
    expect(await program.metric("portico_log_failing")).toBe(0);
    leave();
    await until(
      () =>
        program.ask(DEVICES).then(
          () => true,
          () => false,
        ),
      { timeoutMs: 10_000 },
    );
    expect(await program.ask(DEVICES)).toMatchObject({ data: { devices: { totalCount: 10 } } });
  }
  await until(() => refusals().length > 0);
  expect(refusals().map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: "error", maxConnections: 150 },
  ]);
  expect(program.errors()).toBe("");
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});
