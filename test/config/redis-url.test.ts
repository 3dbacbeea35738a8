import { expect, test } from "vitest";
import { parseRedisUrl, RedisUrlError } from "../../src/config/redis-url.ts";

const nowhere = {
  master: "",
  tls: false,
  db: 0,
  username: undefined,
  password: undefined,
  sentinelPassword: undefined,
};

test.each([
  ["redis://cache", { kind: "server", nodes: [{ host: "cache", port: 6379 }] }],
  ["rediss://cache:6380/2", { kind: "server", nodes: [{ host: "cache", port: 6380 }], tls: true, db: 2 }],
  ["redis://:p%40ss@[::1]:7000/", { kind: "server", nodes: [{ host: "::1", port: 7000 }], password: "p@ss" }],
  [
    "redis://portico:a:b@cache",
    { kind: "server", nodes: [{ host: "cache", port: 6379 }], username: "portico", password: "a:b" },
  ],
  [
    "redis-sentinel://u:p@s1,s2:26380/main",
    {
      kind: "sentinel",
      nodes: [
        { host: "s1", port: 26_379 },
        { host: "s2", port: 26_380 },
      ],
      master: "main",
      username: "u",
      password: "p",
    },
  ],
  [
    "rediss-sentinel://s1/main/3?sentinelPassword=a%26b",
    {
      kind: "sentinel",
      nodes: [{ host: "s1", port: 26_379 }],
      master: "main",
      db: 3,
      tls: true,
      sentinelPassword: "a&b",
    },
  ],
  [
    "rediss-cluster://:p@n1:7000,n2",
    {
      kind: "cluster",
      nodes: [
        { host: "n1", port: 7000 },
        { host: "n2", port: 6379 },
      ],
      tls: true,
      password: "p",
    },
  ],
])("%s leads to Redis", (url, expected) => {
  expect(parseRedisUrl(url)).toEqual({ ...nowhere, ...expected });
});

test.each([
  "",
  "cache:6379",
  "http://cache",
  "redis://",
  "redis://cache:0",
  "redis://cache:65536",
  "redis://cache:port",
  "redis://one,two",
  "redis://cache/zero",
  "redis://cache/0/1",
  "redis://cache?tls=true",
  "redis://C4n4ry@cache",
  "redis://:C4n4ry%@cache",
  "redis-sentinel://s1",
  "redis-sentinel://s1/?sentinelPassword=C4n4ry",
  "redis-sentinel://s1/main?password=C4n4ry",
  "redis-cluster://n1/1",
  "redis-cluster://n1,,n2",
  "redis-sharded://n1",
])("%j does not, and what it is not is told without it", (url) => {
  expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
  expect(() => parseRedisUrl(url)).toThrow(/^\w.+ came.*; wanted is redis:\/\/host:port\/db, /);
  expect(() => parseRedisUrl(url)).not.toThrow(/C4n4ry/);
});
