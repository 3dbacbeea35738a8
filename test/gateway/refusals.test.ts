import { expect, test } from "vitest";
import { RawAnswer, startOnScratch } from "../kit/gateway/scratch.ts";

test.each([
  ["a number", { StatusCode: 35 }],
  ["text", { StatusCode: "35" }],
  ["a member of another spelling", { StatusCode: undefined, statuscode: 35 }],
])("a refusal in the body of a 200 is a failure, with its code as %s", async (_kind, refusal) => {
  const portico = await startOnScratch({ ListDevices: { ...refusal, Devices: [] } });
  const { errors } = await portico.ask<unknown, object>("{ devices { nodes { name } } }");
  expect(errors).toMatchObject([{ path: ["devices"], extensions: { code: "UPSTREAM_NOT_ALLOWED", statusCode: 35 } }]);
});

test.each([
  { StatusCode: 0 },
  { StatusCode: "0" },
  { StatusCode: undefined, statuscode: 0 },
  { StatusCode: undefined },
])("a 200 with %o is an answer", async (done) => {
  const portico = await startOnScratch({ ListDevices: { ...done, Devices: [] } });
  const { data, errors } = await portico.ask<unknown, object>("{ devices { nodes { name } } }");
  expect([data, errors]).toEqual([{ devices: { nodes: [] } }, undefined]);
});

const READS = [
  ["FindUser", '{ user(employeeCode: "0042") { name } }', { user: null }],
  [
    "GetAttendanceByEmployee",
    '{ user(employeeCode: "0042") { punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { localTime } } } }',
    { user: { punches: { nodes: [] } } },
  ],
  ["GetDeviceInfo", '{ device(serialNumber: "GATE-001") { name } }', { device: null }],
] as const;

const PERSON = { User: { EmployeeCode: "0042", FirstName: "A" } };

test.for([
  ["of a proxy without a route", { message: "no Route matched with those values" }, "UPSTREAM_INVALID_RESPONSE"],
  ["of a server with a code of its own", { statusCode: 404, message: "Cannot GET /v3" }, "UPSTREAM_INVALID_RESPONSE"],
  ["of a server with a status of its own", { status: 404, error: "Not Found" }, "UPSTREAM_INVALID_RESPONSE"],
  ["without a member", {}, "UPSTREAM_INVALID_RESPONSE"],
  [
    "of an operation that is not there",
    { Status: "API_RESPONSE_INVALID_OPERATION", StatusCode: 6 },
    "UPSTREAM_REFUSED",
  ],
  ["of an operation that is not there, as text", { Status: "API_RESPONSE_INVALID_OPERATION" }, "UPSTREAM_REFUSED"],
] as const)("a 404 %s is an error, and not an answer that nothing is there", async ([_name, body, code]) => {
  const portico = await startOnScratch({ FindUser: PERSON });
  for (const [operation, query] of READS) {
    portico.answers[operation] = new RawAnswer(Buffer.from(JSON.stringify(body)), {}, 404);
    const { errors } = await portico.ask<unknown, object>(query);
    expect(errors).toMatchObject([{ extensions: { code } }]);
    portico.answers.FindUser = PERSON;
  }
});

test.for([
  { Status: "API_RESPONSE_INVALID_USERID", StatusCode: 10 },
  { Status: "API_RESPONSE_INVALID_SERVICE_TAG_ID", StatusCode: "2" },
  { status: "api_response_invalid_userid" },
])("a 404 with %o says that nothing is there", async (body) => {
  const portico = await startOnScratch({ FindUser: PERSON });
  for (const [operation, query, nothing] of READS) {
    portico.answers[operation] = new RawAnswer(Buffer.from(JSON.stringify(body)), {}, 404);
    const { data, errors } = await portico.ask<unknown, object>(query);
    expect([data, errors]).toEqual([nothing, undefined]);
    portico.answers.FindUser = PERSON;
  }
});

test.for([
  { Status: "API_RESPONSE_INVALID_USERID", StatusCode: 10 },
  { Status: "API_RESPONSE_INVALID_USERID", StatusCode: null },
  { Status: "API_RESPONSE_INVALID_SERVICE_TAG_ID", StatusCode: 2 },
])("a 200 with %o says that nothing is there", async (body) => {
  const portico = await startOnScratch({ FindUser: PERSON });
  for (const [operation, query, nothing] of READS) {
    portico.answers[operation] = body;
    const { data, errors } = await portico.ask<unknown, object>(query);
    expect([data, errors]).toEqual([nothing, undefined]);
    portico.answers.FindUser = PERSON;
  }
});

test.each([
  ["DoorNo", "DOOR_NOT_FOUND", ["input", "doorNumber"]],
  ["DOORNO", "DOOR_NOT_FOUND", ["input", "doorNumber"]],
  [" doorNo\0", "DOOR_NOT_FOUND", ["input", "doorNumber"]],
  ["door_no", "DOOR_NOT_FOUND", ["input", "doorNumber"]],
  ["durationseconds", "INVALID_INPUT", ["input", "durationSeconds"]],
  ["SerialNumber", "INVALID_INPUT", ["input", "serialNumber"]],
  ["wait", "INVALID_INPUT", ["input", "options", "waitSeconds"]],
  ["Colour", "OTHER", null],
  [["DoorNo"], "OTHER", null],
])("a refusal whose Field is %j is %s at %j", async (Field, code, path) => {
  const refusal = { http: 400, StatusCode: 14, Status: "API_RESPONSE_INVALID_OPERATION_DATA", Field };
  const portico = await startOnScratch({ OpenDoor: refusal });
  const { data } = await portico.ask<unknown, object>(
    `mutation { openDoor(input: { serialNumber: "GATE-001", doorNumber: 9 }) { userErrors { code path } } }`,
  );
  expect(data).toEqual({ openDoor: { userErrors: [{ code, path }] } });
});
