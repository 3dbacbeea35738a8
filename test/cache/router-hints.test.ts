import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";

interface Posted {
  readonly kind: string;
  readonly cache_tag?: string;
  readonly subgraph?: string;
  readonly subgraphs?: readonly string[];
}

const KEY = "the-key-of-the-invalidation-endpoint-1";

/** The invalidation endpoint of a router; `answer` is the status of its next responses. */
const startEndpoint = async () => {
  const posted: Posted[] = [];
  const keys: unknown[] = [];
  const state = { answer: 202 };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      keys.push(request.headers.authorization);
      posted.push(...(JSON.parse(body) as Posted[]));
      response.writeHead(state.answer).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/invalidation`;
  return { url, posted, keys, state, tags: () => posted.flatMap(({ cache_tag: tag }) => tag ?? []) };
};

interface Hinted {
  readonly data: Record<string, unknown>;
  readonly errors?: readonly unknown[];
  readonly extensions?: {
    readonly apolloCacheTags?: readonly string[];
    readonly apolloEntityCacheTags?: readonly (readonly string[])[];
  };
}

const HINTS = { SUBGRAPH_CACHE_HINTS: "on" };

const ask = async ({ url }: Pick<TestApp, "url">, query: string, variables = {}, headers = {}) => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { control: response.headers.get("cache-control"), body: (await response.json()) as Hinted };
};

const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { name } ... on Device { name } } }`;
const user = (employeeCode: string) => ({ __typename: "User", employeeCode });
const device = (serialNumber: string) => ({ __typename: "Device", serialNumber });

test("what may be kept has a private lifetime and the tags of what it depends on", async () => {
  const portico = await startPortico({}, HINTS);
  const list = await ask(portico, `{ devices(first: 3) { nodes { serialNumber name } } }`);
  expect(list.control).toBe("private, max-age=30");
  expect(list.body.extensions?.apolloCacheTags).toContain("default devices");
  const one = await ask(portico, ENTITIES, { of: [user("1001")] });
  expect(one.control).toBe("private, max-age=30");
  expect(one.body.extensions?.apolloEntityCacheTags).toEqual([expect.arrayContaining(["default person 1001"])]);
  const many = await ask(portico, ENTITIES, { of: [user("1001"), user("1002"), device("SN7A2300583")] });
  const tags = many.body.extensions?.apolloEntityCacheTags ?? [];
  expect(tags).toHaveLength(3);
  for (const each of tags) expect(each).toEqual(expect.arrayContaining(["default any person", "default any device"]));
  // The second time the cache of this server answers, with the same hints.
  expect(await ask(portico, ENTITIES, { of: [user("1001")] })).toEqual(one);
});

const LIVE = {
  "the state of doors": `{ devices(first: 2) { nodes { name doors { state } } } }`,
  "the health of devices": `{ devices(first: 2) { nodes { name health { queueDepth } } } }`,
  "the present day": `{ attendanceToday { date punches(first: 1) { nodes { id } } } }`,
  "the log of events": `{ devices(first: 1) { nodes { name } } events(first: 1) { cursor } }`,
  "the state of the gateway": `{ devices(first: 1) { nodes { name } } gateway { available } }`,
  "nothing that was read": `{ viewer { name } }`,
  "a command": `mutation { openDoor(input: { serialNumber: "SN7A2300583", options: { reason: "test" } }) { command { id } } }`,
};

test.for(Object.entries(LIVE))("a response with %s may not be kept", async ([, query]) => {
  const portico = await startPortico({}, HINTS);
  const { control, body } = await ask(portico, query);
  expect(body.errors).toBeUndefined();
  expect(control).toBe("no-store");
  expect(body.extensions).toBeUndefined();
});

test("health that an earlier page has read, and that costs no call, may not be kept either", async () => {
  const portico = await startPortico({}, HINTS);
  const page = `query ($after: String) { devices(first: 2, after: $after) {
    nodes { name health { queueDepth } } pageInfo { endCursor }
  } }`;
  const first = await ask(portico, page);
  const { pageInfo } = first.body.data["devices"] as { pageInfo: { endCursor: string } };
  portico.upstream();
  const second = await ask(portico, page, { after: pageInfo.endCursor });
  expect(portico.upstream()).not.toContain("CheckDeviceHealth");
  expect([first.control, second.control]).toEqual(["no-store", "no-store"]);
});

test("without the setting, without a cache, by GET, with an error, and for reads that bypass the cache there are no hints", async () => {
  const DEVICES = `{ devices(first: 1) { nodes { name } } }`;
  const plain = await startPortico();
  const uncached = await startPortico({}, { ...HINTS, GATEWAY_CACHE_MB: "0" });
  for (const portico of [plain, uncached]) {
    const { control, body } = await ask(portico, DEVICES);
    expect([control, body.extensions]).toEqual(["no-store", undefined]);
  }
  const portico = await startPortico({}, HINTS);
  expect((await ask(portico, DEVICES)).control).toBe("private, max-age=30");
  const got = await fetch(`${portico.url}/graphql?query=${encodeURIComponent(DEVICES)}`);
  expect([got.headers.get("cache-control"), await got.json()]).toEqual(["no-store", { data: expect.anything() }]);
  expect((await ask(portico, DEVICES, {}, { "x-portico-trace": "uncached" })).control).toBe("no-store");
  const file = await openFile(keyFile({ low: { scopes: ["devices:read"] } }));
  const strict = await startPortico({}, { ...HINTS, ACCESS_API_KEYS_FILE: file.path });
  const low = bearer(keyOf("low"));
  expect((await ask(strict, DEVICES, {}, low)).control).toBe("private, max-age=30");
  const partial = await ask(strict, ENTITIES, { of: [user("1001"), device("SN7A2300583")] }, low);
  expect([partial.control, partial.body.errors?.length, partial.body.extensions]).toEqual(["no-store", 1, undefined]);
});

const startInformed = async () => {
  const endpoint = await startEndpoint();
  const portico = await startPortico(
    {},
    {
      ...HINTS,
      SUBGRAPH_INVALIDATION_URL: endpoint.url,
      SUBGRAPH_INVALIDATION_KEY: KEY,
      SUBGRAPH_NAME: "biometrics",
    },
  );
  // What has changed before it began is not known.
  await expect.poll(() => endpoint.posted[0]).toEqual({ kind: "subgraph", subgraph: "biometrics" });
  endpoint.posted.length = 0;
  return { endpoint, portico };
};

/** The tags of a response that were posted since `from`. */
const common = (endpoint: { readonly tags: () => readonly string[] }, hinted: Hinted) => {
  const tags = hinted.extensions?.apolloCacheTags ?? hinted.extensions?.apolloEntityCacheTags?.flat() ?? [];
  return tags.filter((tag) => endpoint.tags().includes(tag));
};

test("events and commands post the tags of the responses that they change, in the router's form", async () => {
  const { endpoint, portico } = await startInformed();
  const one = await ask(portico, ENTITIES, { of: [user("1001")] });
  const batch = await ask(portico, ENTITIES, { of: [user("1001"), user("1002")] });
  const devices = await ask(portico, `{ devices(first: 50) { nodes { serialNumber status } } }`);
  const other = await ask(portico, ENTITIES, { of: [user("1002")] });

  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1001" });
  await expect.poll(() => common(endpoint, devices.body)).not.toEqual([]);
  expect(common(endpoint, one.body)).toEqual([]);

  const renamed = await ask(
    portico,
    `mutation {
      updateUser(input: { employeeCode: "1001", firstName: "Ada", serialNumbers: ["SN7A2300583"] }) { userErrors { message } }
    }`,
  );
  expect(renamed.body).toMatchObject({ data: { updateUser: { userErrors: [] } } });
  await expect.poll(() => common(endpoint, one.body)).not.toEqual([]);
  await expect.poll(() => common(endpoint, batch.body)).not.toEqual([]);
  expect(common(endpoint, other.body)).not.toContain("default person 1002");
  expect(endpoint.posted.every(({ kind, subgraphs }) => kind === "cache_tag" && subgraphs?.[0] === "biometrics")).toBe(
    true,
  );
  expect(new Set(endpoint.keys)).toEqual(new Set([KEY]));
  expect(portico.logs.join("")).not.toContain(KEY);
});

test("a change that cannot be posted becomes everything, and is posted when the router accepts it again", async () => {
  const { endpoint, portico } = await startInformed();
  endpoint.state.answer = 503;
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1001" });
  await expect.poll(endpoint.tags).toContain("default device sn7a2300583");
  endpoint.state.answer = 202;
  endpoint.posted.length = 0;
  await expect.poll(() => endpoint.posted, { timeout: 10_000 }).toEqual([{ kind: "subgraph", subgraph: "biometrics" }]);
  expect(portico.logs.filter((line) => line.includes("router cache cannot be invalidated"))).toHaveLength(1);
});
