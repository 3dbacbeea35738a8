import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createNetworks, isLoopbackAddress, isPublicAddress } from "../../src/runtime/networks.ts";
import { createOutbound, type OutboundOptions } from "../../src/runtime/outbound.ts";

/** Starts a server that responds to each POST and records it. */
const startTarget = async (status = 204, headers: Record<string, string> = {}, content = "") => {
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
      if (status === 0) return;
      response.writeHead(status, { ...headers, "content-length": content.length });
      // The second half follows when the client has the first one.
      response.write(content.slice(content.length / 2));
      setTimeout(() => response.end(content.slice(0, content.length / 2)), content === "" ? 0 : 20);
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
  const post = (url: string, timeoutMs = 2_000, signal?: AbortSignal) =>
    outbound.post({
      url,
      headers: { "content-type": "text/plain" },
      body: Buffer.from("hello"),
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
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
  await expect(post(url)).rejects.toMatchObject({ fault: "forbidden", message: "The URL is not allowed." });
});

test("a URL of 2,048 characters matches an allowed prefix, and a longer one does not", () => {
  const { allows } = open({ allow: ["https://router.example.com"] });
  const url = `https://router.example.com/${"x".repeat(2_048 - 27)}`;
  expect([url.length, allows(url), allows(`${url}x`)]).toEqual([2_048, true, false]);
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

test("without a resolver of its own a guard asks that of the system", async () => {
  const target = await startTarget();
  const url = `http://localhost:${target.port}/`;
  // The system may also know the address of IPv6, at which nobody listens.
  expect(await open({ allow: [url] }).post(url)).toBe(204);
});

test.each([
  ["router.localhost", 204],
  ["localhost.", 204],
  ["notlocalhost", "forbidden"],
  ["localhost.example.com", "forbidden"],
  ["router.localhostile", "forbidden"],
])("the name %s with an address of this machine: %s", async (name, expected) => {
  const target = await startTarget();
  const url = `http://${name}:${target.port}/`;
  const outcome = await open({ allow: [url], resolve: resolver(["127.0.0.1"]) })
    .post(url)
    .catch(({ fault }: { fault: string }) => fault);
  expect(outcome).toBe(expected);
});

test.each(["ftp://router.example.com/", "file:///callback", "ws://router.example.com/"])(
  "%s is not allowed even if the list has it",
  (url) => {
    expect(open({ allow: [url] }).allows(url)).toBe(false);
  },
);

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
  await expect(post(`http://127.0.0.1:${silent.port}/`, 100)).rejects.toMatchObject({
    fault: "timeout",
    message: `http://127.0.0.1:${silent.port} did not answer in time.`,
  });
  await expect(post("http://127.0.0.1:1/secret-path")).rejects.toMatchObject({
    fault: "unreachable",
    message: "http://127.0.0.1:1 cannot be reached (ECONNREFUSED).",
  });
});

test("a request that is aborted, before or while it is sent, says so", async () => {
  const silent = await startTarget(0);
  const url = `http://127.0.0.1:${silent.port}/`;
  const { post } = open({ allow: [url] });
  const aborted = { fault: "aborted", message: `The request to http://127.0.0.1:${silent.port} was aborted.` };
  await expect(post(url, 2_000, AbortSignal.abort())).rejects.toMatchObject(aborted);
  const controller = new AbortController();
  // It does not wait for the time-out.
  const failed = expect(post(url, 60_000, controller.signal)).rejects.toMatchObject(aborted);
  await expect.poll(() => silent.requests.length).toBe(1);
  controller.abort();
  await failed;
  // A signal that is not aborted is not to blame.
  await expect(post(url, 100, new AbortController().signal)).rejects.toMatchObject({ fault: "timeout" });
});

test("a name that cannot be resolved is unreachable, and the message has the code of the resolver", async () => {
  const url = "http://router.example.com/";
  const resolve: OutboundOptions["resolve"] = (_hostname, _options, callback) =>
    callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []);
  const { post } = open({ allow: [url], resolve });
  await expect(post(url)).rejects.toMatchObject({
    fault: "unreachable",
    message: "http://router.example.com cannot be reached (ENOTFOUND).",
  });
});

test("a response of some kilobytes is read to its end, so that its connection serves the next request", async () => {
  const target = await startTarget(200, {}, "x".repeat(60_000));
  const url = `http://127.0.0.1:${target.port}/`;
  const { post } = open({ allow: [url], connections: 1 });
  for (let times = 0; times < 3; times += 1) expect(await post(url)).toBe(200);
  expect(target.connections()).toBe(1);
});

test("a larger response is not read to its end", async () => {
  const target = await startTarget(200, {}, "x".repeat(100_000));
  const url = `http://127.0.0.1:${target.port}/`;
  const { post } = open({ allow: [url], connections: 1 });
  for (let times = 0; times < 2; times += 1) expect(await post(url)).toBe(200);
  expect(target.connections()).toBe(2);
});

test("after a stop nothing is sent, and what is on its way fails", async () => {
  const silent = await startTarget(0);
  const url = `http://127.0.0.1:${silent.port}/`;
  const { post, stop } = open({ allow: [url] });
  const failed = expect(post(url)).rejects.toMatchObject({ fault: "unreachable" });
  await expect.poll(() => silent.requests.length).toBe(1);
  await stop();
  await failed;
  await expect(post(url)).rejects.toMatchObject({ fault: "unreachable" });
  expect(silent.requests).toHaveLength(1);
});

test.each(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "2001:db8::7"])("%s is a network of its own family", (range) => {
  const isInside = createNetworks([range]);
  const [inside, outside] = range.includes(":") ? ["2001:db8::7", "2001:db9::7"] : ["10.1.2.3", "11.1.2.3"];
  expect(isInside(range.includes("192") ? "192.0.2.7" : inside)).toBe(true);
  for (const address of [outside, "192.0.2.8", "::ffff:10.1.2.3", "router.example.com", ""]) {
    expect(isInside(address)).toBe(false);
  }
});

test.each(["127.0.0.1", "127.255.255.254", "::1"])("%s is a loopback address", (address) => {
  expect(isLoopbackAddress(address)).toBe(true);
});

test.each(["126.0.0.1", "127.0.0", "127.0.0.1.example.com", "1127.0.0.1", "::2", "localhost"])(
  "%s is no loopback address",
  (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  },
);
