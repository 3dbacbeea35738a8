import { inspect } from "node:util";
import { expect, test } from "vitest";
import { encodeRequest } from "../../src/gateway/request.ts";
import { Secret } from "../../src/contract/secret.ts";
import { createLogger } from "../../src/runtime/logger.ts";

const PIN = "48151623";

test("a secret does not appear in text, JSON, inspections or logs", () => {
  const secret = new Secret(PIN);
  const request = encodeRequest("SetUserPassword", {
    DeviceSN: ["SN7A2300583"],
    EmployeeCode: "1042",
    Password: secret,
  });
  const lines: string[] = [];
  const logger = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  logger.info({ secret, deep: { list: [secret] }, request }, "as a fact");
  const outputs = [
    String(secret),
    JSON.stringify({ secret, request }),
    inspect({ secret, request }, { depth: 9 }),
    ...lines,
  ];
  for (const each of outputs) {
    expect(each).not.toContain(PIN);
    expect(each).toContain("[redacted]");
  }
  expect(JSON.parse(request.body?.reveal() ?? "")).toMatchObject({ EmployeeCode: "1042", Password: PIN });
});

test("a secret that violates the contract is refused like its text, without revealing it", () => {
  const wrong = () =>
    encodeRequest("SetUserPassword", {
      DeviceSN: ["SN7A2300583"],
      EmployeeCode: "1042",
      Password: new Secret(`${PIN}x`),
    });
  expect(wrong).toThrow("Password");
  expect(wrong).not.toThrow(PIN);
});
