import { createClient, type FormattedExecutionResult } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startPortico } from "../../kit/portico/app.ts";
import { subscribeBySocket } from "../../kit/portico/live.ts";
import { until } from "../../kit/until.ts";

const DEVICE = "SN7A2300583";
const STATUS = `subscription { deviceStatusChanged { cursor gap status } }`;

interface Changed {
  readonly deviceStatusChanged: { readonly cursor: string; readonly gap: boolean; readonly status: string };
}

test.each(["after", "lastEventId"])(
  "a stock graphql-ws client resumes after the position that connection_init names as `%s`, however often it reconnects",
  async (member) => {
    const portico = await startPortico();
    const change = (online: boolean) => portico.sandbox.changeDevice(DEVICE, { online });
    const sockets: WebSocket[] = [];
    class RecordedSocket extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        sockets.push(this);
      }
    }
    let hold = Promise.resolve();
    let last: string | undefined;
    const received: unknown[] = [];
    const client = createClient({
      url: `${portico.url.replace("http", "ws")}/graphql`,
      webSocketImpl: RecordedSocket,
      retryAttempts: 5,
      retryWait: () => hold,
      connectionParams: () => ({ [member]: last }),
    });
    onTestFinished(() => void client.dispose());
    const next = ({ data }: { data?: Changed | null }) => {
      last = data?.deviceStatusChanged.cursor;
      received.push([data?.deviceStatusChanged.status, data?.deviceStatusChanged.gap]);
    };
    client.subscribe<Changed>({ query: STATUS }, { next, error: (error) => received.push(error), complete() {} });
    await until(() => portico.live.subscribers() === 1);
    change(false);
    await until(() => received.length === 1);
    for (const [count, online] of [true, false].entries()) {
      let release = () => {};
      hold = new Promise((resolve) => {
        release = resolve;
      });
      sockets.at(-1)?.terminate();
      await until(() => portico.live.sockets() === 0);
      change(online);
      release();
      await until(() => received.length === count + 2);
    }
    expect(received).toEqual([
      ["OFFLINE", false],
      ["ONLINE", false],
      ["OFFLINE", false],
    ]);
  },
);

test("`after` in connection_init serves subscriptions without an `after`, and `lastEventId` serves all", async () => {
  const portico = await startPortico();
  const change = (online: boolean) => portico.sandbox.changeDevice(DEVICE, { online });
  const probe = subscribeBySocket<Changed>(portico.url, STATUS);
  await until(() => portico.live.subscribers() === 1);
  for (const online of [false, true, false]) change(online);
  await until(() => probe.events.length === 3);
  const [first, second] = probe.events.map(({ deviceStatusChanged: { cursor } }) => cursor);
  const own = `subscription($after: EventCursor) { deviceStatusChanged(after: $after) { cursor gap status } }`;
  const firstStatus = (position: Record<string, unknown>, variables: Record<string, unknown> = {}) => {
    const { events } = subscribeBySocket<Changed>(portico.url, own, variables, position);
    return expect.poll(() => events.map(({ deviceStatusChanged: { status } }) => status));
  };
  await firstStatus({ after: first }).toEqual(["ONLINE", "OFFLINE"]);
  await firstStatus({ after: first }, { after: null }).toEqual(["ONLINE", "OFFLINE"]);
  await firstStatus({ after: first }, { after: second }).toEqual(["OFFLINE"]);
  await firstStatus({ lastEventId: second }, { after: first }).toEqual(["OFFLINE"]);
});

test("a last event that is no cursor is an error of the subscription, and an empty one counts as none", async () => {
  const portico = await startPortico();
  const outcome = (lastEventId: unknown) =>
    new Promise<unknown>((resolve) => {
      const client = createClient({
        url: `${portico.url.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { lastEventId },
      });
      onTestFinished(() => void client.dispose());
      client.subscribe({ query: STATUS }, { next: resolve, error: resolve, complete() {} });
    });
  for (const lastEventId of ["no cursor", "A".repeat(1_000_000), 7, {}, [], true])
    expect(await outcome(lastEventId)).toEqual([
      expect.objectContaining({ extensions: { code: "BAD_USER_INPUT", argument: "after" } }),
    ]);
  const delivered = [outcome(""), outcome(null)];
  await until(() => portico.live.subscribers() === 2);
  portico.sandbox.changeDevice(DEVICE, { online: false });
  for (const each of delivered)
    expect(await each).toMatchObject({ data: { deviceStatusChanged: { status: "OFFLINE" } } });
});

test("results have the cursors of their event in `extensions`, for selections without them", async () => {
  const portico = await startPortico();
  const results: FormattedExecutionResult<unknown, unknown>[] = [];
  const client = createClient({ url: `${portico.url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket });
  onTestFinished(() => void client.dispose());
  const query = "subscription { events { __typename } }";
  client.subscribe({ query }, { next: (result) => void results.push(result), error: () => {}, complete() {} });
  type Cursors = { readonly events: { readonly cursor: string; readonly previousCursor: string | null } };
  const probe = subscribeBySocket<Cursors>(portico.url, "subscription { events { cursor previousCursor } }");
  await until(() => portico.live.subscribers() === 2);
  for (const online of [false, true]) portico.sandbox.changeDevice(DEVICE, { online });
  await until(() => results.length === 2 && probe.events.length === 2);
  expect(results.map(({ extensions }) => extensions)).toEqual(probe.events.map(({ events }) => events));
  expect(probe.events[1]?.events.previousCursor).toBe(probe.events[0]?.events.cursor);
});
