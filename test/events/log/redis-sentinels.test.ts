import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { untilAvailable } from "../../kit/events/faulty.ts";
import { openRedisLog } from "../../kit/events/logs.ts";
import { punches } from "../../kit/events/samples.ts";
import { withRedis } from "../../kit/with-redis.ts";

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** A sentinel that always names the same master, and says when it is asked to that the master was replaced. */
const startTalkativeSentinel = async (masterPort: number) => {
  const subscribers = new Set<Socket>();
  let asked = 0;
  const answer = (socket: Socket, text: string): void => {
    if (/^subscribe$/im.test(text)) {
      subscribers.add(socket);
      socket.write(`*3\r\n${bulk("subscribe")}${bulk("+switch-master")}:1\r\n`);
    } else if (/get-master-addr-by-name/i.test(text)) {
      asked += 1;
      socket.write(`*2\r\n${bulk("127.0.0.1")}${bulk(String(masterPort))}`);
    } else if (/^sentinels$/im.test(text)) socket.write("*0\r\n");
    else if (/^hello$/im.test(text)) socket.write("-ERR unknown command 'hello'\r\n");
    else socket.write("+OK\r\n");
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("close", () => subscribers.delete(socket));
    socket.on("data", (bytes) => {
      for (const command of bytes.toString().split(/(?=^\*\d+\r\n)/m)) answer(socket, command);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    url: `redis-sentinel://127.0.0.1:${(server.address() as AddressInfo).port}/portico`,
    subscribers: () => subscribers.size,
    asked: () => asked,
    replaceMaster() {
      const text = `portico 127.0.0.1 1 127.0.0.1 ${masterPort}`;
      for (const socket of subscribers) socket.write(`*3\r\n${bulk("message")}${bulk("+switch-master")}${bulk(text)}`);
    },
  };
};

test("however often sentinels say that the master was replaced, an instance connects again", {
  timeout: 40_000,
}, async () => {
  const redis = await withRedis();
  const sentinel = await startTalkativeSentinel(redis.port);
  const log = await openRedisLog({ url: sentinel.url });
  const poll = { timeout: 10_000, interval: 5 };
  await expect.poll(sentinel.subscribers, poll).toBe(3);
  const before = sentinel.asked();
  for (let times = 0; times < 300; times += 1) {
    sentinel.replaceMaster();
    await new Promise((resolve) => setTimeout(resolve, times % 7));
  }
  await expect.poll(sentinel.asked, poll).toBeGreaterThan(before);
  await untilAvailable(log);
  expect(await log.append(punches(1, 1))).toMatchObject([{ duplicate: false }]);
});
