import { expect, test } from "vitest";
import { withoutValues } from "../../../src/server/execution/messages.ts";
import { CANARY, startTestServer } from "../../kit/server/harness.ts";
import { until } from "../../kit/until.ts";

interface Body {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { message: string; path?: string[]; extensions: Record<string, unknown> }[];
}

const read = async (response: Response): Promise<Body> => (await response.json()) as Body;

test("every error has a code", async () => {
  const { post } = await startTestServer();
  const codes = async (body: unknown) =>
    (await read(await post(body))).errors?.map(({ extensions }) => extensions["code"]);
  expect(await codes({ query: "{" })).toEqual(["GRAPHQL_PARSE_FAILED"]);
  expect(await codes({ query: "{ nothing }" })).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
  expect(await codes({ query: "query A { hello } query B { hello }" })).toEqual(["OPERATION_RESOLUTION_FAILURE"]);
  expect(await codes({ query: "query ($c: Colour!) { colour(is: $c) }" })).toEqual(["BAD_USER_INPUT"]);
  expect(await codes({ query: "{ coded rateLimited broken }" })).toEqual([
    "NOT_FOUND",
    "UPSTREAM_RATE_LIMITED",
    "INTERNAL_SERVER_ERROR",
  ]);
});

test.each([
  ["{ hello }", "A", "The document has no operation of this name"],
  ["query A { hello } query B { hello }", "C", "The document has no operation of this name"],
  ["query A { hello } query B { hello }", "", "The document has several operations"],
  ["query A { hello } query B { hello }", undefined, "The document has several operations"],
])("%s with the operation name %j says what is wrong", async (query, operationName, message) => {
  const { post } = await startTestServer();
  const { errors } = await read(await post({ query, operationName }));
  expect(errors).toMatchObject([{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }]);
  expect(errors?.[0]?.message).toContain(message);
});

test.each([undefined, null, ""])("the operation name %j is none", async (operationName) => {
  const { post } = await startTestServer();
  expect(await read(await post({ query: "query A { hello }", operationName }))).toEqual({
    data: { hello: "hello world" },
  });
});

test("a failure of the gateway keeps its code and the facts that a client can act on, and fails only its field", async () => {
  const { post } = await startTestServer();
  expect(await read(await post({ query: "{ hello rateLimited invalid }" }))).toEqual({
    data: { hello: "hello world", rateLimited: null, invalid: null },
    errors: [
      {
        message: "The gateway accepts no more calls now; try again in 2 s.",
        locations: [{ line: 1, column: 9 }],
        path: ["rateLimited"],
        extensions: { code: "UPSTREAM_RATE_LIMITED", statusCode: 62, retryAfter: 2 },
      },
      {
        message: "employeeCode: malformed",
        locations: [{ line: 1, column: 21 }],
        path: ["invalid"],
        extensions: { code: "BAD_USER_INPUT", fields: ["employeeCode"] },
      },
    ],
  });
});

test.each([true, false])(
  "an error that is not meant for clients has only a request ID (development: %s)",
  async (development) => {
    const { post, logs } = await startTestServer({ development });
    const response = await post({ query: "{ hello broken codeless wrapping coded }" });
    const text = await response.text();
    const { errors, data } = JSON.parse(text) as Body;
    const unexpected = {
      message: "Unexpected error.",
      extensions: { code: "INTERNAL_SERVER_ERROR", requestId: response.headers.get("x-request-id") },
    };
    expect(data).toEqual({ hello: "hello world", broken: null, codeless: null, wrapping: null, coded: null });
    expect(errors).toMatchObject([
      { ...unexpected, path: ["broken"] },
      { ...unexpected, path: ["codeless"] },
      { ...unexpected, path: ["wrapping"] },
      { message: "Not that one.", path: ["coded"], extensions: { code: "NOT_FOUND" } },
    ]);
    for (const word of ["C4n4ry", "gateway/?", "stack", "originalError", "src/"]) expect(text).not.toContain(word);
    await until(() => logs.length === 3);
    expect(logs[0]).toMatchObject({
      level: "error",
      path: ["broken"],
      requestId: response.headers.get("x-request-id"),
    });
    expect(logs[0]?.["err"]).toMatchObject({
      message: "GET https://gateway/?AuthToken=[redacted]",
      stack: expect.stringContaining("harness"),
    });
    expect(JSON.stringify(logs)).not.toContain(CANARY);
  },
);

test("if the gateway rejects this server's token, clients get a code and the log an error", async () => {
  const { post, logs } = await startTestServer();
  const { errors } = await read(await post({ query: "{ unauthenticated rateLimited }" }));
  expect(errors?.map(({ extensions }) => extensions["code"])).toEqual([
    "UPSTREAM_UNAUTHENTICATED",
    "UPSTREAM_RATE_LIMITED",
  ]);
  await until(() => logs.length === 2);
  expect(logs[0]).toMatchObject({ level: "error", code: "UPSTREAM_UNAUTHENTICATED" });
});

test("a context that cannot be created is an unexpected error of the whole request", async () => {
  const { post } = await startTestServer({
    createContext: () => {
      throw new Error(CANARY);
    },
  });
  const response = await post({ query: "{ hello }" });
  expect([response.status, (await read(response)).errors?.[0]?.message]).toEqual([500, "Unexpected error."]);
});

test("messages do not repeat values of the caller, and have suggestions in development only", async () => {
  const pin = "4711471147114711";
  for (const development of [true, false]) {
    const { post } = await startTestServer({ development });
    const responseTo = async (query: string, variables = {}) => await (await post({ query, variables })).text();
    const all = [
      await responseTo("mutation ($i: PinInput) { open(input: $i) }", { i: { pin: Number(pin) } }),
      await responseTo("mutation ($i: PinInput) { open(input: $i) }", { i: pin }),
      await responseTo(`mutation { open(input: { pin: ${pin} }) }`),
      await responseTo(`mutation { open(input: { pin: "${pin}" "${pin}" }) }`),
      await responseTo("query ($n: String) { hello(name: $n) }", { n: [`x at "n"; ${pin}`] }),
    ];
    expect(all.join()).not.toContain(pin);
    expect(all.every((text) => text.includes("errors"))).toBe(true);
    const typo =
      (await responseTo("{ helo }")) + (await responseTo("query ($c: Colour!) { colour(is: $c) }", { c: "REDD" }));
    expect(typo.includes("Did you mean")).toBe(development);
  }
});

test.each([
  [
    'Variable "$f" got invalid value "x"; Expected a day such as 2026-06-21.',
    'Variable "$f" got an invalid value; Expected a day such as 2026-06-21.',
  ],
  [
    'Variable "$f" got invalid value "x" at "f.from"; Expected type "LocalDate". Expected a day.',
    'Variable "$f" got an invalid value at "f.from"; Expected a day.',
  ],
  [
    'Variable "$f" got invalid value {} at "f.list[0]"; Field "pin" of required type "String!" was not provided.',
    'Variable "$f" got an invalid value at "f.list[0]"; Field "pin" of required type "String!" was not provided.',
  ],
  [
    'Variable "$f" got invalid value "4711; x"; Int cannot represent non-integer value: "4711; x"',
    'Variable "$f" got an invalid value; Int cannot represent non-integer value',
  ],
  [
    'Expected value of type "LocalDate", found "4711"; Expected a day.',
    'Expected value of type "LocalDate". Expected a day.',
  ],
  ['Expected value of type "Colour", found 4711.', 'Expected value of type "Colour".'],
  ['Syntax Error: Expected Name, found Int "4711".', "Syntax Error: Expected Name, found Int."],
  ['Value "BLUE" does not exist in "Colour" enum.', 'Value "BLUE" does not exist in "Colour" enum.'],
])("%s: without its value", (message, redacted) => {
  expect(withoutValues(message)).toBe(redacted);
});
