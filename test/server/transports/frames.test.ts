import { expect, test } from "vitest";
import { numbered, range } from "../../kit/events/numbered.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { codesOf, openSocket, PUNCHES, served } from "../../kit/portico/socket.ts";

/** IDs with single-byte characters, with multi-byte characters, and of the maximum length. */
const IDS = ["1", "Anzeige – Tor", "x".repeat(128)];
/** Sizes around the two at which the header of a frame grows. */
const SIZES = [...range(1, 80), ...range(65_380, 65_530)];

test("events of every size arrive intact, for subscriptions with IDs of every length", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  for (const id of IDS) socket.subscribe(id, PUNCHES);
  await served(portico, IDS.length);
  const events = SIZES.map((bytes, number) => numbered(number, bytes));
  for (const [index, event] of events.entries()) {
    await portico.log.append([event]);
    // A response between the events.
    if (index % 20 === 0) socket.subscribe(`query ${index}`, `{ viewer { name } }`);
  }
  const codes = SIZES.map((bytes, number) => `${number}:${"x".repeat(bytes)}`);
  await expect.poll(() => codesOf(socket, IDS.at(-1) ?? "").length, { timeout: 15_000 }).toBe(SIZES.length);
  for (const id of IDS) expect(codesOf(socket, id)).toEqual(codes);
});

test("events that arrive together are sent together", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  await socket.first(({ type }) => type === "ping");
  let chunks = 0;
  const { _socket: stream } = socket.socket as unknown as { readonly _socket: NodeJS.ReadableStream };
  stream.on("data", () => {
    chunks += 1;
  });
  await portico.log.append(range(1, 20).map((number) => numbered(number)));
  await expect.poll(() => codesOf(socket, "1").length).toBe(20);
  expect(chunks).toBe(1);
});

test("a client that does not keep up receives its own frames, although others receive the same bytes", {
  timeout: 60_000,
}, async () => {
  const portico = await startPortico();
  const slow = await openSocket(portico);
  const fast = await openSocket(portico);
  slow.subscribe("a", PUNCHES);
  await served(portico, 1);
  fast.subscribe("b", PUNCHES);
  await served(portico, 2);
  slow.socket.pause();
  const count = 4_000;
  for (let first = 1; first <= count; first += 50) {
    await portico.log.append(range(first, first + 49).map((number) => numbered(number, 4_000)));
    await expect.poll(() => codesOf(fast, "b").length, { timeout: 15_000, interval: 1 }).toBe(first + 49);
  }
  expect(codesOf(slow, "a").length).toBeLessThan(count);
  slow.socket.resume();
  await expect.poll(() => codesOf(slow, "a").length, { timeout: 15_000 }).toBe(count);
  const others = [...slow.of("b"), ...fast.of("a")];
  expect(others).toEqual([]);
  expect(codesOf(slow, "a")).toEqual(codesOf(fast, "b"));
});
