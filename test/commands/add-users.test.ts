import { expect, test } from "vitest";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { subscribeBySse } from "../kit/portico/live.ts";

const GATE = "SN7A2300583";
const SIDE = "SN7A2300584";

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
  await expect.poll(ended, { timeout: 30_000 }).toEqual(expect.arrayContaining(ids));
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

test("a device that does not exist is named for each user by its place in the input", async () => {
  const portico = await startPortico();
  const { data } = await addUsers(portico, { users: people(2), serialNumbers: [GATE, "SN0000000"] });
  const missing = { code: "DEVICE_NOT_FOUND", key: "SN0000000", path: ["input", "serialNumbers", "1"] };
  expect(data.addUsers.results.map(({ userErrors }) => userErrors)).toEqual([[missing], [missing]]);
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
])("%s is an error of the whole input, and nothing is sent", async (_what, input, paths) => {
  const portico = await startPortico();
  const { data } = await addUsers(portico, { serialNumbers: [GATE], ...input });
  expect(data.addUsers).toEqual({ results: [], userErrors: paths.map((path) => ({ code: "INVALID_INPUT", path })) });
  expect(portico.upstream()).toEqual([]);
});
