import { expect, test } from "vitest";
import { startPortico, type TestApp, tally } from "./portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "./portico/live.ts";

const FOLLOW = `subscription ($id: ID!) { commandUpdated(id: $id) { id status attempts completedAt failureReason } }`;

interface Followed {
  readonly commandUpdated: { readonly id: string; readonly status: string };
}

const statuses = ({ events }: { readonly events: readonly Followed[] }) =>
  events.map(({ commandUpdated }) => commandUpdated.status);

const TRANSPORTS = [
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const;

/** A reboot of a device that is offline: queued until it comes back. */
const queue = async (portico: TestApp): Promise<string> => {
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  const { data } = await portico.ask<{ resendUser: { commands: { id: string }[] } }, object>(
    `mutation { resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584"], options: { waitSeconds: 0 } }) { commands { id } } }`,
  );
  return data.resendUser.commands[0]?.id ?? "";
};

test.for(TRANSPORTS)(
  "a command is followed to its end by %s, and the subscription completes",
  async ([, subscribe]) => {
    const portico = await startPortico();
    const id = await queue(portico);
    const follower = subscribe<Followed>(portico.url, FOLLOW, { id });
    await expect.poll(() => statuses(follower)).toEqual(["QUEUED"]);
    portico.sandbox.changeDevice("SN7A2300584", { online: true });
    await follower.ended;
    expect(statuses(follower).at(-1)).toBe("SUCCEEDED");
    expect(follower.errors).toEqual([]);
    portico.upstream();
    const late = subscribe<Followed>(portico.url, FOLLOW, { id });
    await late.ended;
    expect(statuses(late)).toEqual(["SUCCEEDED"]);
    expect((await portico.ask(`query ($id: ID!) { command(id: $id) { status } }`, { id })).data).toEqual({
      command: { status: "SUCCEEDED" },
    });
    expect(portico.upstream()).toEqual([]);
  },
);

test("a hundred watchers of one command cost one series of questions", async () => {
  const portico = await startPortico();
  const id = await queue(portico);
  portico.upstream();
  const watchers = Array.from({ length: 100 }, () => subscribeBySse<Followed>(portico.url, FOLLOW, { id }));
  await expect.poll(() => watchers.filter(({ events }) => events.length > 0).length).toBe(100);
  portico.sandbox.changeDevice("SN7A2300584", { online: true });
  await Promise.all(watchers.map(({ ended }) => ended));
  expect(watchers.every((watcher) => statuses(watcher).at(-1) === "SUCCEEDED")).toBe(true);
  const { GetCommandStatus: asked = 0 } = tally(portico.upstream());
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(12);
});

test("a command that the gateway does not know is an error, and the subscription ends", async () => {
  const portico = await startPortico();
  const id = Buffer.from("Command:cmd_never_given").toString("base64url");
  for (const [, subscribe] of TRANSPORTS) {
    const follower = subscribe<Followed>(portico.url, FOLLOW, { id });
    await follower.ended;
    expect(follower.events).toEqual([]);
    expect(follower.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  }
  const malformed = subscribeBySocket<Followed>(portico.url, FOLLOW, { id: "x" });
  await malformed.ended;
  expect(JSON.stringify(malformed.errors)).toContain("NOT_FOUND");
});
