import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";

const PIN = "83920174";
const TEMPLATE = "Q0FOQVJZVEVNUExBVEVDQU5BUlk=";
const PHOTO = "/9j/Q0FOQVJZUEhPVE9DQU5BUlk=";
const SIGNING = "canary-signing-secret-1234";

const MUTATION = `mutation Enroll($pin: String!, $template: Base64Input!, $photo: Base64Input!, $signing: String!) {
  setUserPassword(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: $pin })
    { commands { status } userErrors { message } }
  enrollFingerprint(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], index: 1, source: { template: { data: $template } } })
    { commands { status } userErrors { message } }
  enrollFace(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], source: { photo: $photo } })
    { commands { status } userErrors { message } }
  registerCallback(input: { url: "https://hr.example.com/hooks/x", signingSecret: $signing })
    { callback { url } userErrors { message } }
  user: updateUser(input: { employeeCode: "1042", enabled: true }) { user { name credentials { kind index size } } }
}`;

test.for(["production", "development"])("no response and no log line contains a secret, in %s", async (NODE_ENV) => {
  const portico = await startPortico({}, { NODE_ENV, LOG_LEVEL: "trace" });
  const secrets = [PIN, TEMPLATE, PHOTO, SIGNING, portico.sandbox.token];
  const variables = { pin: PIN, template: TEMPLATE, photo: PHOTO, signing: SIGNING };
  const answers: unknown[] = [await portico.ask(MUTATION, variables)];
  for (const kind of ["echo", "html", "unauthenticated", "5xx", "resetAfter", "brokenJson"] as const) {
    portico.sandbox.faults.clear();
    portico.sandbox.faults.add({ kind, times: null, ...(kind === "echo" ? { status: 400 } : {}) });
    answers.push(await portico.ask(MUTATION, variables), await portico.ask(`{ devices { totalCount } }`));
  }
  portico.sandbox.faults.clear();
  answers.push(await portico.ask(MUTATION, { ...variables, pin: `${PIN}x`, template: `${TEMPLATE}!` }));
  answers.push(await portico.ask(MUTATION.replace("password: $pin", `password: "${PIN}x"`), variables));
  await portico.stop();
  const written = JSON.stringify(answers) + portico.logs.join("\n");
  expect(portico.logs.length).toBeGreaterThan(10);
  for (const secret of secrets) expect(written.includes(secret), secret.slice(0, 4)).toBe(false);
});
