import { expect, test } from "vitest";
import { startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico } from "../kit/portico/app.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const READS: readonly (readonly [title: string, query: string, code: string, argument: string])[] = [
  ["a malformed serial number", `{ device(serialNumber: "no such sn!") { name } }`, "BAD_USER_INPUT", "serialNumber"],
  ["a malformed employee code", `{ user(employeeCode: "Ä 1") { name } }`, "BAD_USER_INPUT", "employeeCode"],
  ["a malformed code among users", `{ users(employeeCodes: ["Ä 1"]) { name } }`, "BAD_USER_INPUT", "employeeCodes"],
  ["a page size of 0", `{ devices(first: 0) { totalCount } }`, "BAD_USER_INPUT", "first"],
  ["a page size above 500", `{ devices(first: 501) { totalCount } }`, "BAD_USER_INPUT", "first"],
  ["a negative page size", `{ devices(first: -1) { totalCount } }`, "BAD_USER_INPUT", "first"],
  ["a cursor of another field", `{ devices(after: "WyJ4Il0") { totalCount } }`, "BAD_USER_INPUT", "after"],
  [
    "a period that ends before it starts",
    `{ punches(from: "2026-06-20T00:00:00", to: "2026-06-19T00:00:00") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "an empty period",
    `{ punches(from: "2026-06-20T00:00:00", to: "2026-06-20T00:00:00") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "forty days of punches",
    `{ punches(from: "2026-05-01T00:00:00", to: "2026-06-10T00:00:00") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "forty days of access events",
    `{ accessEvents(from: "2026-05-01T00:00:00", to: "2026-06-10T00:00:00") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "two years of days",
    `{ attendanceDays(from: "2024-06-01", to: "2026-06-10") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "days that end before they start",
    `{ attendanceDays(from: "2026-06-10", to: "2026-06-09") { totalCount } }`,
    "BAD_USER_INPUT",
    "to",
  ],
  [
    "a repeat window that is too long",
    `{ attendanceDays(from: "2026-06-01", to: "2026-06-09", minRepeatSeconds: 4000) { totalCount } }`,
    "BAD_USER_INPUT",
    "minRepeatSeconds",
  ],
  [
    "a column that does not exist",
    `{ attendanceExport(from: "2026-06-01T00:00:00", to: "2026-06-02T00:00:00", columns: ["Salary"]) { url } }`,
    "BAD_USER_INPUT",
    "columns",
  ],
  [
    "columns of a format without columns",
    `{ attendanceExport(from: "2026-06-01T00:00:00", to: "2026-06-02T00:00:00", format: NDJSON, columns: ["Type"]) { url } }`,
    "BAD_USER_INPUT",
    "columns",
  ],
  ["a door number of 0", `{ door(serialNumber: "SN7A2300583", number: 0) { state } }`, "BAD_USER_INPUT", "number"],
  [
    "a ping timeout above 10 seconds",
    `{ device(serialNumber: "SN7A2300583") { ping(timeoutSeconds: 11) { reachable } } }`,
    "BAD_USER_INPUT",
    "timeoutSeconds",
  ],
];

test("an argument that has a word that is not allowed names those that are", async () => {
  const portico = await startPortico();
  const { errors } = await portico.ask(
    `{ attendanceExport(from: "2026-06-01T00:00:00", to: "2026-06-02T00:00:00", columns: ["Type", "Salary"]) { url } }`,
  );
  expect(errors?.[0]?.message).toBe(
    "columns: It must be one of PunchID, DeviceSN, DeviceLabel, EmployeeCode, EmployeeName, AttendanceLog, UtcOffset, Direction, Type.",
  );
});

test.each(["", "  "])("a search for %j, as of a box that was cleared, is no search", async (search) => {
  const portico = await startPortico();
  const count = async (args: string) => {
    const { data } = await portico.ask(`{ devices${args} { totalCount }
      device(serialNumber: "SN7A2300583") { name users${args} { totalCount } } }`);
    return data;
  };
  expect(await count(`(search: "${search}")`)).toEqual(await count(""));
});

test.for(READS)("%s is rejected by its name, without a call", async ([title, query, code, argument]) => {
  const portico = await startPortico();
  const { errors } = await portico.ask(query);
  expect(errors?.[0]?.extensions).toMatchObject({ code, argument });
  expect(errors?.[0]?.message).toMatch(/must|There is no such day|at most|not for/i);
  expect(errors?.[0]?.message).not.toMatch(/pattern|expected|Invalid|Too (small|big)/);
  const calls = portico.upstream();
  expect(calls).toEqual(title === "a ping timeout above 10 seconds" ? ["GetDeviceInfo"] : []);
});

const PERIOD = `to: "2026-06-21T00:00:00"`;
const NAMED: readonly (readonly [title: string, argument: string | undefined, query: string, variables?: object])[] = [
  ["a literal", "from", `{ punches(from: "yesterday", ${PERIOD}) { totalCount } }`],
  ["a literal in an input", "input", `mutation { syncDeviceTime(input: { time: "noon" }) { commands { id } } }`],
  [
    "the default of a variable",
    "from",
    `query ($at: LocalDateTime = "x") { punches(from: $at, ${PERIOD}) { totalCount } }`,
  ],
  ["a variable", "from", `query ($at: LocalDateTime!) { punches(from: $at, ${PERIOD}) { totalCount } }`, { at: "x" }],
  ["a missing variable", "from", `query ($at: LocalDateTime!) { punches(from: $at, ${PERIOD}) { totalCount } }`],
  [
    "null for a variable with a default",
    "from",
    `query ($at: LocalDateTime = "2026-06-20T00:00:00") { punches(from: $at, ${PERIOD}) { totalCount } }`,
    { at: null },
  ],
  [
    "a variable in a list",
    "serialNumbers",
    `query ($sn: String!) { attendanceExport(from: "2026-06-20T00:00:00", ${PERIOD}, serialNumbers: [$sn]) { url } }`,
    { sn: 1 },
  ],
  [
    "a variable in a fragment",
    "from",
    `query ($at: LocalDateTime!) { ...Punches } fragment Punches on Query { punches(from: $at, ${PERIOD}) { totalCount } }`,
    { at: "x" },
  ],
  [
    "a variable for two arguments",
    undefined,
    `query ($at: LocalDateTime!) { punches(from: $at, to: $at) { totalCount } }`,
  ],
  [
    "a variable of a directive",
    undefined,
    `query ($if: Boolean!) { devices @include(if: $if) { totalCount } }`,
    { if: "x" },
  ],
];

test.for(NAMED)("the error about %s names the argument, if there is one", async ([, argument, query, variables]) => {
  const portico = await startPortico();
  const { errors } = await portico.ask(query, variables);
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", ...(argument === undefined ? {} : { argument }) });
  expect(portico.upstream()).toEqual([]);
});

test("the error about a variable of a subscription names its argument", async () => {
  const { url } = await startPortico();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: "subscription ($c: EventCursor) { punchAdded(after: $c) { cursor } }",
      variables: { c: 7 },
    }),
  });
  expect(await response.text()).toContain('"extensions":{"code":"BAD_USER_INPUT","argument":"after"}');
});

const MALFORMED: readonly (readonly [title: string, code: string, query: string])[] = [
  ["an unknown enum value", "GRAPHQL_VALIDATION_FAILED", `{ devices(status: SLEEPING) { totalCount } }`],
  [
    "a day that does not exist",
    "BAD_USER_INPUT",
    `{ attendanceDays(from: "2026-02-30", to: "2026-03-01") { totalCount } }`,
  ],
  [
    "a local time with a zone",
    "BAD_USER_INPUT",
    `{ punches(from: "2026-06-20T00:00:00Z", to: "2026-06-21T00:00:00Z") { totalCount } }`,
  ],
  [
    "data that is not Base64",
    "BAD_USER_INPUT",
    `mutation { enrollFace(input: {
      employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: { photo: "not base64!" }
    }) { commands { id } } }`,
  ],
  ["an unknown field", "GRAPHQL_VALIDATION_FAILED", `{ devicez { totalCount } }`],
];

test.for(MALFORMED)("%s is rejected before anything runs", async ([, code, query]) => {
  const portico = await startPortico();
  const { errors, data } = await portico.ask(query);
  expect(data).toBeUndefined();
  expect(errors?.[0]?.extensions["code"]).toBe(code);
  expect(portico.upstream()).toEqual([]);
});

test.each([
  ["migrations", "MigrationFilter", { id: "x", serialNumber: "SN7A2300583" }],
  ["migrations", "MigrationFilter", {}],
  ["enrollFace", "FaceSource", { photo: "AAAA", capture: true }],
  ["enrollFingerprint", "FingerprintSource", { capture: null }],
  ["deleteUser", "DeleteUserDevices", { serialNumbers: ["SN7A2300583"], everywhere: true }],
])("%s takes exactly one field of %s; %j is rejected before anything runs", async (field, type, value) => {
  const portico = await startPortico();
  const person = `employeeCode: "1042", serialNumbers: ["SN7A2300583"]`;
  const documents: Readonly<Record<string, string>> = {
    migrations: `query ($value: MigrationFilter!) { migrations(of: $value) { id } }`,
    enrollFace: `mutation ($value: FaceSource!) { enrollFace(input: { ${person}, source: $value }) { commands { id } } }`,
    enrollFingerprint: `mutation ($value: FingerprintSource!) {
      enrollFingerprint(input: { ${person}, index: 1, source: $value }) { commands { id } }
    }`,
    deleteUser: `mutation ($value: DeleteUserDevices!) {
      deleteUser(input: { employeeCode: "1042", from: $value }) { commands { id } }
    }`,
  };
  const document = documents[field] ?? "";
  expect(document).toContain(type);
  const { errors: found, data } = await portico.ask(document, { value });
  expect(data).toBeUndefined();
  expect(found?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  expect(portico.upstream()).toEqual([]);
});

test("a malformed date in a variable is rejected before anything runs", async () => {
  const portico = await startPortico();
  const query = `query ($from: LocalDate!) { attendanceDays(from: $from, to: "2026-06-01") { totalCount } }`;
  const { errors } = await portico.ask(query, { from: "yesterday" });
  expect(errors?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  expect(portico.upstream()).toEqual([]);
});

test("an unknown key is null in a lookup and an error in a filter", async () => {
  const portico = await startPortico();
  const { data, errors } = await portico.ask(`{
    device(serialNumber: "SN0000000") { name }
    listed: device(serialNumber: "SN0000000") { users { totalCount } }
    user(employeeCode: "nobody") { name }
    users(employeeCodes: ["1042", "nobody"]) { employeeCode }
    door(serialNumber: "SN7A2300583", number: 9) { state }
    command(id: "bm9uc2Vuc2U") { status }
    commands(operationId: "never-used-0001") { status }
    node(id: "RGV2aWNlOlNOMDAwMDAwMA") { id }
    migrations(of: { id: "mig_none" }) { id }
    attendanceDays(from: "2026-06-19", to: "2026-06-20", employeeCodes: ["nobody"]) { totalCount }
  }`);
  expect(data).toEqual({
    device: null,
    listed: null,
    user: null,
    users: [{ employeeCode: "1042" }, null],
    door: null,
    command: null,
    commands: [],
    node: null,
    migrations: [],
    attendanceDays: null,
  });
  expect(errors).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({
    path: ["attendanceDays"],
    extensions: { code: "NOT_FOUND", argument: "employeeCodes" },
  });
});

const idOf = (key: string): string => Buffer.from(key).toString("base64url");
const NO_IDS = [
  "User:Ä 1",
  "Punch:SN7A2300583/2026-13-40 10:00:00/1042",
  "AccessEvent:SN7A2300583/2026-13-40 10:00:00/e",
  "AccessEvent:SN7A2300583/2026-02-30 10:00:00/e",
  "AccessEvent:SN/2026-02-20 10:00:00/e",
  "Door:SN/1",
  "DeviceMigration:é",
  `DeviceMigration:${"m".repeat(65)}`,
  "Command:é",
  `Command:${"c".repeat(65)}`,
  "Command:?op/SN7A2300583",
].map(idOf);

test("an ID that no object can have is null, without an error and without a call", async () => {
  const portico = await startPortico();
  const query = `query ($ids: [ID!]!, $command: ID!, $migration: ID!) {
    nodes(ids: $ids) { id }
    command(id: $command) { status }
    migrations(of: { id: $migration }) { id }
  }`;
  const variables = { ids: NO_IDS, command: idOf("Command:é"), migration: idOf("DeviceMigration:é") };
  const { data, errors: found } = await portico.ask(query, variables);
  expect(found).toBeUndefined();
  expect(data).toEqual({ nodes: NO_IDS.map(() => null), command: null, migrations: [] });
  expect(portico.upstream()).toEqual([]);
});

const errors = `userErrors { __typename code path message ... on GatewayNotFoundError { key } }`;

const MUTATIONS: readonly (readonly [title: string, mutation: string, expected: object])[] = [
  [
    "a duration out of range",
    `openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: 500 }) { ${errors} }`,
    { __typename: "GatewayInputError", code: "INVALID_INPUT", path: ["input", "durationSeconds"] },
  ],
  [
    "an unknown device",
    `openDoor(input: { serialNumber: "SN0000000" }) { ${errors} }`,
    { code: "DEVICE_NOT_FOUND", path: ["input", "serialNumber"], key: "SN0000000" },
  ],
  [
    "one unknown device among several",
    `rebootDevice(input: { serialNumbers: ["SN7A2300583", "SN0000000"] }) { ${errors} }`,
    { code: "DEVICE_NOT_FOUND", path: ["input", "serialNumbers", "1"], key: "SN0000000" },
  ],
  [
    "an unknown door",
    `openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 7 }) { ${errors} }`,
    { code: "DOOR_NOT_FOUND", path: ["input", "doorNumber"], key: "SN7A2300583/7" },
  ],
  [
    "an unknown user",
    `enrollCard(input: { employeeCode: "nobody", serialNumbers: ["SN7A2300583"], cardNumber: "1" }) { ${errors} }`,
    { code: "USER_NOT_FOUND", path: ["input", "employeeCode"], key: "nobody" },
  ],
  [
    "a wait that is too long",
    `openDoor(input: { serialNumber: "SN7A2300583", options: { waitSeconds: 26 } }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "options", "waitSeconds"] },
  ],
  [
    "a device that is listed twice",
    `rebootDevice(input: { serialNumbers: ["SN7A2300583", "SN7A2300583"] }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "serialNumbers"] },
  ],
  [
    "a password of letters",
    `setUserPassword(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: "abc" }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "password"] },
  ],
  [
    "a capture that is false",
    `enrollFingerprint(input: {
      employeeCode: "1042", serialNumbers: ["SN7A2300583"], index: 1, source: { capture: false }
    }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "source", "capture"] },
  ],
  [
    "a deletion that is not everywhere and names no device",
    `deleteUser(input: { employeeCode: "1042", from: { everywhere: false } }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "from", "everywhere"] },
  ],
  [
    "a deletion from a device that does not exist",
    `deleteUser(input: { employeeCode: "1042", from: { serialNumbers: ["SN0000000"] } }) { ${errors} }`,
    { code: "DEVICE_NOT_FOUND", path: ["input", "from", "serialNumbers", "0"] },
  ],
  [
    "a window that ends before it starts",
    `setAccessSchedule(input: {
      serialNumbers: ["SN7A2300583"], scheduleId: 1, days: [{ day: MONDAY, windows: [{ start: "18:00", end: "09:00" }] }]
    }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "days"] },
  ],
  [
    "a role that the schema does not know",
    `updateUser(input: { employeeCode: "1042", role: OTHER }) { ${errors} }`,
    { code: "INVALID_INPUT", path: ["input", "role"] },
  ],
];

const NO_JPEG: Readonly<Record<string, string>> = {
  PNG: Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").toString("base64"),
  HEIC: Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypheic"), Buffer.alloc(40)]).toString("base64"),
};

test.each(["PNG", "HEIC"])("a photo that is a %s is an error at its field, and nothing is sent", async (format) => {
  const portico = await startPortico();
  const { data } = await portico.ask<Record<string, { commands?: object[]; userErrors: object[] }>, object>(
    `mutation ($photo: Base64Input!) {
      enrollFace(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: { photo: $photo } }) {
        commands { id } ${errors}
      }
      updateUser(input: { employeeCode: "1042", photo: $photo }) { commands { id } ${errors} }
      addUser(input: { employeeCode: "99887", firstName: "A", serialNumbers: ["SN7A2300583"], photo: $photo }) {
        commands { id } ${errors}
      }
    }`,
    { photo: NO_JPEG[format] },
  );
  const rejected = (...path: string[]) => {
    const error = { __typename: "GatewayInputError", code: "INVALID_INPUT", path: ["input", ...path] };
    return {
      commands: [],
      userErrors: [{ ...error, message: expect.stringContaining("It must be a JPEG.") as unknown }],
    };
  };
  expect(data).toEqual({
    enrollFace: rejected("source", "photo"),
    updateUser: rejected("photo"),
    addUser: rejected("photo"),
  });
  expect(portico.upstream()).toEqual([]);
});

/** A name of an operation, member, value or status as the gateway spells it; words of the schema are not written in this way. */
const GATEWAY_WORD = /API_RESPONSE|\b(?:[A-Z][a-z]+){2,}(?:SN|ID)?\b|\b(?:DeviceSN|DoorNo|OperationID)\b/;

test.for([
  ["updateUser without a change", `updateUser(input: { employeeCode: "1042" }) { ${errors} }`],
  [
    "a hold without a hold mode",
    `lockDoor(input: { serialNumber: "SN7A2300583", mode: LOCK, holdSeconds: 60 }) { ${errors} }`,
  ],
  ["a device twice", `rebootDevice(input: { serialNumbers: ["SN7A2300583", "SN7A2300583"] }) { ${errors} }`],
  ["a role that cannot be sent", `updateUser(input: { employeeCode: "1042", role: OTHER }) { ${errors} }`],
  ["a door that does not exist", `openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 9 }) { ${errors} }`],
  [
    "a user who does not exist",
    `resendUser(input: { employeeCode: "nobody", serialNumbers: ["SN7A2300583"] }) { ${errors} }`,
  ],
] as const)("the message about %s has no word of the gateway", async ([, mutation]) => {
  const portico = await startPortico();
  const { data } = await portico.ask<Record<string, { userErrors: { message: string }[] }>, object>(
    `mutation { answer: ${mutation} }`,
  );
  const messages = data["answer"]?.userErrors.map(({ message }) => message) ?? [];
  expect(messages).toHaveLength(1);
  expect(messages.filter((message) => GATEWAY_WORD.test(message))).toEqual([]);
});

test.each([
  ["403", { kind: "5xx", status: 403 }, "The gateway's plan or license does not allow this."],
  ["500", { kind: "5xx", status: 500, times: null }, "The gateway failed, or did not answer in time."],
  ["429", { kind: "429", retryAfter: 900 }, "The gateway accepts no more calls now; try again in 900 s."],
] as const)(
  "a read that the gateway answers with %s has a message in the words of the schema",
  async (_status, fault, message) => {
    const portico = await startPortico();
    portico.sandbox.faults.add({ operation: "ListDevices", ...fault });
    const { errors: found } = await portico.ask(`{ devices { totalCount } }`);
    expect(found?.map((error) => error.message)).toEqual([message]);
  },
);

test.for(MUTATIONS)(
  "%s is a typed error with the path of its field, and no device gets a command",
  async ([, mutation, expected]) => {
    const portico = await startPortico();
    const { data } = await portico.ask<Record<string, { userErrors: object[] }>, object>(
      `mutation { answer: ${mutation} }`,
    );
    expect(data["answer"]?.userErrors).toEqual([expect.objectContaining(expected)]);
    expect(
      portico.sandbox.ledger
        .entries()
        .filter(
          ({ method, operation, http }) =>
            method === "POST" && operation !== "RegisterCallback" && http !== 400 && http !== 404,
        ),
    ).toEqual([]);
  },
);

test.for([
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "0.0.0.0",
  "169.254.169.254",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "198.18.0.1",
  "[fc00::1]",
  "[fe80::1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
  "localhost",
  "localhost.",
  "good@127.0.0.1",
  "example.com:6379",
  "example.com:22",
  "intranet",
])("a callback to %s is rejected without a call", async (host) => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ registerCallback: { userErrors: object[] } }, object>(
    `mutation ($url: HttpUrl!) { registerCallback(input: { url: $url }) { callback { id } userErrors { code path } } }`,
    { url: `http://${host}/hooks` },
  );
  expect(data.registerCallback).toEqual({
    callback: null,
    userErrors: [{ code: "INVALID_INPUT", path: ["input", "url"] }],
  });
  expect(portico.upstream()).toEqual([]);
});

test.each([
  [{ token: "another-token-of-16" }, ["token"]],
  [{ signingSecret: "another-secret-16" }, ["signingSecret"]],
  [{ token: "another-token-of-16", signingSecret: "another-secret-16" }, ["token", "signingSecret"]],
  [{ url: null, token: "" }, ["token"]],
  [{ token: "another-token-of-16", active: false }, ["token"]],
])(
  "%j without a URL would make this server reject its own callbacks, and is rejected without a call",
  async (input, names) => {
    const portico = await startPortico();
    portico.upstream();
    const { data } = await portico.ask<{ registerCallback: object }, object>(
      `mutation ($input: RegisterCallbackInput!) {
      registerCallback(input: $input) { callback { id } userErrors { code path } } }`,
      { input },
    );
    const userErrors = names.map((name) => ({ code: "INVALID_INPUT", path: ["input", name] }));
    expect(data.registerCallback).toEqual({ callback: null, userErrors });
    expect(portico.upstream()).toEqual([]);
  },
);

test.each([undefined, null, "soon"])(
  "a receiver whose Active is %j is as it was requested, and its age is not made up",
  async (Active) => {
    const Callback = {
      CallbackID: "cbk_1",
      CallbackURL: "https://example.com/hook",
      Events: ["attendance.new"],
      Active,
    };
    const portico = await startOnScratch({ RegisterCallback: { Callback } });
    for (const active of [false, true]) {
      const { data, errors } = await portico.ask(
        `mutation ($input: RegisterCallbackInput!) {
        registerCallback(input: $input) { callback { active createdAt } userErrors { code } } }`,
        { input: { url: "https://example.com/hook", active } },
      );
      expect(data).toEqual({ registerCallback: { callback: { active, createdAt: null }, userErrors: [] } });
      expect(errors).toMatchObject([
        { path: ["registerCallback", "callback", "createdAt"], extensions: { code: "UPSTREAM_INVALID_RESPONSE" } },
      ]);
    }
  },
);

test("a photo as a data URL is told what it must lack, without its data", async () => {
  const portico = await startPortico();
  const { errors } = await portico.ask(
    `mutation ($photo: Base64Input!) { enrollFace(input: {
      employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: { photo: $photo }
    }) { commands { id } } }`,
    { photo: "data:image/jpeg;base64,/9j/4AAQ" },
  );
  expect(errors?.[0]?.message).toContain("without a prefix such as `data:image/jpeg;base64,`");
  expect(JSON.stringify(errors)).not.toContain("4AAQ");
});

test("a receiver with a URL has its own secrets, and this server keeps receiving", async () => {
  const portico = await startPortico();
  const register = (input: object) =>
    portico.ask<{ registerCallback: object }, object>(
      `mutation ($input: RegisterCallbackInput!) {
        registerCallback(input: $input) { callback { active } userErrors { code path } } }`,
      { input },
    );
  const done = { callback: { active: true }, userErrors: [] };
  const other = { url: "https://example.com/hook", token: "another-token-of-16", signingSecret: "another-secret-16" };
  expect((await register(other)).data.registerCallback).toEqual(done);
  expect((await register({})).data.registerCallback).toEqual(done);
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1042" });
  const kinds = async () => (await loggedEvents(portico.log, "0-0", 10)).map(({ body }) => body.kind);
  await expect.poll(kinds).toContain("attendance.new");
});
