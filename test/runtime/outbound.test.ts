import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isPublicAddress } from "../../src/runtime/networks.ts";
import { createOutbound, type OutboundOptions } from "../../src/runtime/outbound.ts";

/** Starts a server that responds to each POST and records it. */
const startTarget = async (status = 204, headers: Record<string, string> = {}) => {
  const requests: { readonly url: string; readonly host: string; readonly body: string }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({
        url: request.url ?? "",
        host: request.headers.host ?? "",
        body: Buffer.concat(chunks).toString(),
      });
      if (status !== 0) response.writeHead(status, headers).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests, connections: () => connections };
};

const open = (options: OutboundOptions) => {
  const outbound = createOutbound(options);
  onTestFinished(outbound.stop);
  const post = (url: string, timeoutMs = 2_000) =>
    outbound.post({ url, headers: { "content-type": "text/plain" }, body: Buffer.from("hello"), timeoutMs });
  return { ...outbound, post };
};

/** Resolves every name to these addresses, one list per lookup. */
const resolver = (...lists: readonly (readonly string[])[]): NonNullable<OutboundOptions["resolve"]> => {
  let turn = 0;
  return (_hostname, _options, callback) => {
    const addresses = lists[Math.min(turn, lists.length - 1)] ?? [];
    turn += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
};

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.170",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:0:7f00:1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:2::1",
  "2001:20::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%lo",
  "fec0::1",
  "ff02::1",
  "localhost",
  "",
])("%s is not an address of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.1",
  "172.15.0.1",
  "172.32.0.1",
  "192.0.1.1",
  "198.17.0.1",
  "198.20.0.1",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2001:4860:4860::8888",
  "2a00::1",
])("%s is an address of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  "http://127.0.0.1:4000/callback",
  "http://127.0.0.1:4000/callback/",
  "http://127.0.0.1:4000/callback/one?two=3",
  "http://127.1:4000/callback/one",
  "https://router.example.com/",
  "https://ROUTER.example.com:443/any/where",
])("%s matches an allowed prefix", (url) => {
  const { allows } = open({ allow: ["http://127.0.0.1:4000/callback", "https://router.example.com"] });
  expect(allows(url)).toBe(true);
});

test.each([
  "http://127.0.0.1:4000/",
  "http://127.0.0.1:4000/callbacks/one",
  "http://127.0.0.1:4000/callback/../admin",
  "http://127.0.0.1:4000/callback/%2e%2e/admin",
  "http://127.0.0.1:4000/callback/..%2fadmin",
  "http://127.0.0.1:4000/callback/..%5Cadmin",
  "http://127.0.0.1:4000/callback\\..\\admin",
  "http://127.0.0.1:4001/callback/one",
  "https://127.0.0.1:4000/callback/one",
  "http://[::1]:4000/callback/one",
  "http://localhost:4000/callback/one",
  "http://router.example.com/",
  "https://router.example.com:8443/",
  "https://router.example.com.evil.example/",
  "https://router.example.com@evil.example/",
  "https://good@router.example.com/",
  "https://:word@router.example.com/",
  "https://router.example.com/#part",
  "https://router。example.com.evil.example/",
  "ftp://router.example.com/",
  "file:///etc/passwd",
  "//router.example.com/",
  "router.example.com",
  "",
  `https://router.example.com/${"x".repeat(2_048)}`,
])("%s matches no allowed prefix", async (url) => {
  const { allows, post } = open({ allow: ["http://127.0.0.1:4000/callback", "https://router.example.com"] });
  expect(allows(url)).toBe(false);
  await expect(post(url)).rejects.toMatchObject({ fault: "forbidden" });
});

test("an address literal in the list is reachable in any network", async () => {
  const target = await startTarget(202);
  const { post } = open({ allow: [`http://127.0.0.1:${target.port}/hooks`] });
  expect(await post(`http://127.0.0.1:${target.port}/hooks/1?a=b`)).toBe(202);
  expect(target.requests).toEqual([{ url: "/hooks/1?a=b", host: `127.0.0.1:${target.port}`, body: "hello" }]);
});

test("localhost in the list means this machine only", async () => {
  const target = await startTarget();
  const allow = [`http://localhost:${target.port}`];
  expect(await open({ allow, resolve: resolver(["127.0.0.1"]) }).post(`http://localhost:${target.port}/`)).toBe(204);
  const astray = open({ allow, resolve: resolver(["10.0.0.1"]) });
  await expect(astray.post(`http://localhost:${target.port}/`)).rejects.toMatchObject({ fault: "forbidden" });
});

test.for([[["127.0.0.1"]], [["8.8.8.8", "127.0.0.1"]], [["::1"]], [["::ffff:127.0.0.1"]], [["169.254.169.254"]], [[]]])(
  "a name that resolves to %s is not connected to",
  async ([addresses = []]) => {
    const target = await startTarget();
    const url = `http://router.example.com:${target.port}/`;
    const { allows, post } = open({ allow: [url], resolve: resolver(addresses) });
    expect(allows(url)).toBe(true);
    const failed = post(url);
    await expect(failed).rejects.toMatchObject({ fault: "forbidden" });
    await expect(failed).rejects.toThrow("router.example.com resolves to an address outside the public internet.");
    expect(target.connections()).toBe(0);
  },
);

test("a name is checked each time it is resolved", async () => {
  const target = await startTarget(204, { connection: "close" });
  const url = `http://router.example.com:${target.port}/`;
  const { post } = open({ allow: [url], networks: ["127.0.0.1/32"], resolve: resolver(["127.0.0.1"], ["127.0.0.2"]) });
  expect(await post(url)).toBe(204);
  await expect(post(url)).rejects.toMatchObject({ fault: "forbidden" });
  expect(target.connections()).toBe(1);
});

test("a name may resolve into a configured network", async () => {
  const target = await startTarget();
  const url = `http://router.internal:${target.port}/`;
  const { post } = open({ allow: [url], networks: ["127.0.0.0/8"], resolve: resolver(["127.0.0.1"]) });
  expect(await post(url)).toBe(204);
});

test("a redirect is not followed", async () => {
  const other = await startTarget();
  const target = await startTarget(307, { location: `http://127.0.0.1:${other.port}/` });
  const { post } = open({ allow: [`http://127.0.0.1:${target.port}`, `http://127.0.0.1:${other.port}`] });
  expect(await post(`http://127.0.0.1:${target.port}/`)).toBe(307);
  expect(other.connections()).toBe(0);
});

test("a silent server causes a timeout, and an absent one fails immediately", async () => {
  const silent = await startTarget(0);
  const { post } = open({ allow: [`http://127.0.0.1:${silent.port}`, "http://127.0.0.1:1"] });
  await expect(post(`http://127.0.0.1:${silent.port}/`, 100)).rejects.toMatchObject({ fault: "timeout" });
  await expect(post("http://127.0.0.1:1/secret-path")).rejects.toMatchObject({
    fault: "unreachable",
    message: "http://127.0.0.1:1 cannot be reached (ECONNREFUSED).",
  });
});
