import { expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.ts";

const defaults = {
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
])("%s is parsed", (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject({ value: { ...defaults, ...expected } });
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
])("%j is invalid, and the fault does not repeat it", (url) => {
  const result = parseRedisUrl(url);
  expect(result).toEqual({
    expected: expect.stringMatching(/^redis:\/\/host:port\/db, /),
    received: expect.stringMatching(/^(a|an|no|several) \w+/),
  });
  expect(JSON.stringify(result)).not.toContain("C4n4ry");
});

test.each([
  ["redis://user:p%40ss%2fword@cache", ["p@ss/word", "p%40ss%2fword"]],
  ["redis-sentinel://:first@s1/main?sentinelPassword=sec%4Fnd+x", ["first", "secOnd x", "sec%4Fnd+x"]],
  ["rediss-cluster://user:first@n1,n2", ["first"]],
  ["redis://cache", []],
])("the passwords of %s are secrets, decoded and as written", (url, secrets) => {
  const result = parseRedisUrl(url);
  expect(new Set("value" in result ? result.secrets : [])).toEqual(new Set(secrets));
});
