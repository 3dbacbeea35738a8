import { expect, test } from "vitest";
import { askAs, bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { subscribeBySse } from "../kit/portico/live.ts";

const GATE = "SN7A2300583";
const SIDE = "SN7A2300584";
const LATER = { timeout: 30_000 };

interface Result {
  readonly employeeCode: string;
  readonly user: { readonly employeeCode: string } | null;
  readonly commands: readonly { readonly id: string; readonly status: string; readonly device: object }[] | null;
  readonly userErrors: readonly object[];
}

interface Answer {
  readonly addUsers: { readonly results: readonly Result[]; readonly userErrors: readonly object[] };
}

const ADD_USERS = `mutation ($input: AddUsersInput!) {
  addUsers(input: $input) {
    results {
      employeeCode
      user { employeeCode }
      commands { id status device { serialNumber } }
      userErrors { code path ... on GatewayNotFoundError { key } }
    }
    userErrors { code path }
  }
}`;

const addUsers = (portico: TestApp, input: object) => portico.ask<Answer, object>(ADD_USERS, { input });

const people = (count: number) =>
  Array.from({ length: count }, (_person, index) => ({
    employeeCode: `B${1000 + index}`,
    firstName: `Person ${index}`,
  }));

const idsOf = ({ results }: Answer["addUsers"]) =>
  results.flatMap(({ commands }) => (commands ?? []).map(({ id }) => id));

test("200 people on two devices are 200 requests and 400 commands, which one subscription follows to their end", {
  timeout: 60_000,
}, async () => {
  const portico = await startPortico();
  const updates = subscribeBySse<{ enrollmentUpdated: { command: { id: string } | null; succeeded: boolean } }>(
    portico.url,
    `subscription { enrollmentUpdated { succeeded command { id } } }`,
  );
  await expect.poll(portico.live.subscribers).toBe(1);
  portico.upstream();
  const { data, errors } = await addUsers(portico, { users: people(200), serialNumbers: [GATE, SIDE] });
  expect(errors).toBeUndefined();
  expect(data.addUsers.userErrors).toEqual([]);
  expect(data.addUsers.results.map(({ employeeCode }) => employeeCode)).toEqual(
    people(200).map((each) => each.employeeCode),
  );
  for (const { commands, user, userErrors, employeeCode } of data.addUsers.results) {
    expect(commands?.map(({ device }) => device)).toEqual([{ serialNumber: GATE }, { serialNumber: SIDE }]);
    expect(user).toEqual({ employeeCode });
    expect(userErrors).toEqual([]);
  }
  expect(tally(portico.upstream())["AddUser"]).toBe(200);
  const ids = idsOf(data.addUsers);
  expect(new Set(ids).size).toBe(400);
  const ended = () => updates.events.flatMap(({ enrollmentUpdated: { command } }) => command?.id ?? []);
  await expect.poll(ended, LATER).toEqual(expect.arrayContaining(ids));
});

test("within the rate of the gateway everyone is stored, and the reads of others pass between", {
  timeout: 60_000,
}, async () => {
  const portico = await startPortico({ rate: { perSecond: 20, burst: 40 } });
  const answer = addUsers(portico, { users: people(200), serialNumbers: [GATE] });
  await expect.poll(() => portico.sandbox.ledger.entries({ operation: "AddUser" }).length, LATER).toBeGreaterThan(60);
  const { errors } = await portico.ask(`{ devices(first: 1) { totalCount } }`);
  expect(errors).toBeUndefined();
  expect(portico.sandbox.ledger.entries({ operation: "AddUser" }).length).toBeLessThan(200);
  const { data } = await answer;
  expect(data.addUsers.results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect(idsOf(data.addUsers)).toHaveLength(200);
});

test("a repeated key sends nobody again, and only those who are new or changed", async () => {
  const portico = await startPortico();
  const first = { users: people(5), serialNumbers: [GATE], options: { idempotencyKey: "intake of June" } };
  const sent = await addUsers(portico, first);
  portico.upstream();
  const again = await addUsers(portico, first);
  expect(idsOf(again.data.addUsers)).toEqual(idsOf(sent.data.addUsers));
  expect(portico.upstream()).not.toContain("AddUser");
  const [renamed, ...same] = people(6);
  const changed = await addUsers(portico, { ...first, users: [{ ...renamed, firstName: "Other" }, ...same] });
  expect(tally(portico.upstream())["AddUser"]).toBe(1);
  expect(changed.data.addUsers.results[0]).toMatchObject({
    user: null,
    commands: [],
    userErrors: [{ code: "IDEMPOTENCY_KEY_REUSED", path: ["input", "options", "idempotencyKey"] }],
  });
  expect(changed.data.addUsers.results[5]?.commands).toHaveLength(1);
});

test("an error of one user names the user's field, and the others are stored", async () => {
  const portico = await startPortico();
  const users = [...people(2), { employeeCode: "B9", firstName: "" }, { employeeCode: "Ä 9", firstName: "Asha" }];
  const { data, errors } = await addUsers(portico, { users, serialNumbers: [GATE] });
  expect(errors).toBeUndefined();
  expect(data.addUsers.results.map(({ userErrors }) => userErrors)).toEqual([
    [],
    [],
    [{ code: "INVALID_INPUT", path: ["input", "users", "2", "firstName"] }],
    [{ code: "INVALID_INPUT", path: ["input", "users", "3", "employeeCode"] }],
  ]);
  expect(data.addUsers.results.map(({ commands }) => commands?.length)).toEqual([1, 1, 0, 0]);
});

test("a failure of the gateway for one user is an error at that user's commands only", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ operation: "AddUser", kind: "unauthenticated" });
  const { data, errors } = await addUsers(portico, { users: people(3), serialNumbers: [GATE] });
  const failed = data.addUsers.results.findIndex(({ commands }) => commands === null);
  expect(errors).toMatchObject([
    { path: ["addUsers", "results", failed, "commands"], extensions: { code: "UPSTREAM_UNAUTHENTICATED" } },
  ]);
  expect(idsOf(data.addUsers)).toHaveLength(2);
});

test("a device that is removed meanwhile is named for each user that was not stored", async () => {
  const portico = await startPortico();
  await addUsers(portico, { users: people(1), serialNumbers: [GATE, SIDE] });
  portico.sandbox.gateway.world.devices.delete(SIDE);
  const { data } = await addUsers(portico, { users: people(2), serialNumbers: [GATE, SIDE] });
  const missing = { code: "DEVICE_NOT_FOUND", key: SIDE, path: ["input", "serialNumbers", "1"] };
  expect(data.addUsers.userErrors).toEqual([]);
  expect(data.addUsers.results.map(({ userErrors }) => userErrors)).toEqual([[missing], [missing]]);
});

test("a device that does not exist is an error of the whole input, and no command is sent", async () => {
  const portico = await startPortico();
  const { data } = await addUsers(portico, { users: people(200), serialNumbers: [GATE, "SN0000000"] });
  expect(data.addUsers).toEqual({
    results: [],
    userErrors: [{ code: "DEVICE_NOT_FOUND", path: ["input", "serialNumbers", "1"] }],
  });
  const calls = portico.upstream();
  expect(calls).not.toContain("AddUser");
  expect(calls.length).toBeLessThan(5);
});

test("a template that cannot be sent is named by the fields of the schema", async () => {
  const portico = await startPortico();
  const templates = [
    { kind: "FINGERPRINT", index: 0, data: "Rk1S" },
    { kind: "OTHER", index: 0, data: "Rk1S" },
  ];
  const { data } = await addUsers(portico, {
    users: [...people(1), { employeeCode: "B9", firstName: "Asha", templates }],
    serialNumbers: [GATE],
  });
  expect(data.addUsers.results[1]?.userErrors).toEqual([
    { code: "INVALID_INPUT", path: ["input", "users", "1", "templates", "1", "kind"] },
  ]);
});

test("templates need the scope of credentials, and users that of users", async () => {
  const { path } = await openFile(
    keyFile({
      desk: { scopes: ["users:write", "users:read"] },
      hr: { scopes: ["users:write", "users:read", "credentials:write"] },
      guard: { scopes: ["users:read", "credentials:write"] },
    }),
  );
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path });
  const send = async (name: string, templates: object) => {
    const input = { users: people(3).map((person) => ({ ...person, ...templates })), serialNumbers: [GATE] };
    const answer = await askAs(portico.url, bearer(keyOf(name)), ADD_USERS, { input });
    const { errors } = (await answer.json()) as { errors?: { extensions: Readonly<Record<string, unknown>> }[] };
    return errors?.map(({ extensions }) => [extensions["code"], extensions["scopes"]]);
  };
  const pin = { templates: [{ kind: "PASSWORD", data: "4711" }] };
  expect(await send("desk", {})).toBeUndefined();
  expect(await send("hr", pin)).toBeUndefined();
  portico.upstream();
  expect(await send("desk", pin)).toEqual([["FORBIDDEN", ["credentials:write"]]]);
  expect(await send("guard", {})).toEqual([["FORBIDDEN", ["users:write"]]]);
  expect(portico.upstream()).toEqual([]);
});

test("the templates of all users count toward the limit on credentials", async () => {
  const portico = await startPortico({}, { LIMIT_CREDENTIALS: "10" });
  const codesOf = async (count: number) => {
    const users = people(count).map((person) => ({ ...person, templates: [{ kind: "PASSWORD", data: "4711" }] }));
    const { errors } = await addUsers(portico, { users, serialNumbers: [GATE] });
    return errors?.map(({ extensions }) => extensions["code"]);
  };
  expect(await codesOf(6)).toBeUndefined();
  portico.upstream();
  expect(await codesOf(6)).toEqual(["RATE_LIMITED"]);
  expect(portico.upstream()).toEqual([]);
  expect(await codesOf(4)).toBeUndefined();
});

test("its cost covers a call for each of 200 people, whoever is in the input", async () => {
  const portico = await startPortico();
  const costOf = async (document: string) => {
    const { extensions } = await portico.ask<Answer, object>(document, {
      input: { users: people(1), serialNumbers: [GATE] },
    });
    return extensions?.cost?.requested;
  };
  expect(await costOf(ADD_USERS)).toBeGreaterThan(200 * 5);
  const bare = `mutation ($input: AddUsersInput!) { addUsers(input: $input) { userErrors { code } } }`;
  expect(await costOf(bare)).toBeGreaterThan(200 * 5);
});

test("the audit trail has one line with every person, every command and every code", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ operation: "AddUser", kind: "unauthenticated" });
  const users = [...people(199), { employeeCode: "B9", firstName: "" }];
  const input = { users, serialNumbers: [GATE], options: { reason: "new site" } };
  await addUsers(portico, input);
  const lines = portico.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [entry, ...others] = lines.filter(({ audit, mutation }) => audit === "mutation" && mutation === "addUsers");
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    subject: {
      serialNumbers: [GATE],
      employeeCodes: users.map(({ employeeCode }) => employeeCode),
      reason: "new site",
    },
    outcome: { refused: expect.arrayContaining(["INVALID_INPUT", "UPSTREAM_UNAUTHENTICATED"]) as string[] },
  });
  expect(entry).toHaveProperty("outcome.commands.length", 198);
  expect(portico.logs.join("\n")).not.toContain("Person 7");
});

test.each([
  ["nobody", { users: [] }, [["input", "users"]]],
  ["201 people", { users: people(201) }, [["input", "users"]]],
  [
    "a person twice",
    { users: [...people(3), ...people(2)] },
    [
      ["input", "users", "3", "employeeCode"],
      ["input", "users", "4", "employeeCode"],
    ],
  ],
  [
    "a key that is too long",
    { users: people(1), options: { idempotencyKey: "k".repeat(256) } },
    [["input", "options", "idempotencyKey"]],
  ],
  [
    "an expiry that is too long",
    { users: people(3), options: { expiresInSeconds: 604_801 } },
    [["input", "options", "expiresInSeconds"]],
  ],
  ["no device", { users: people(3), serialNumbers: [] }, [["input", "serialNumbers"]]],
  ["a device twice", { users: people(3), serialNumbers: [GATE, GATE] }, [["input", "serialNumbers"]]],
  ["a malformed serial number", { users: people(3), serialNumbers: [GATE, "!"] }, [["input", "serialNumbers", "1"]]],
])("%s is an error of the whole input, and nothing is sent", async (_what, input, paths) => {
  const portico = await startPortico();
  const { data } = await addUsers(portico, { serialNumbers: [GATE], ...input });
  expect(data.addUsers).toEqual({ results: [], userErrors: paths.map((path) => ({ code: "INVALID_INPUT", path })) });
  expect(portico.upstream()).toEqual([]);
});
