import type { z } from "zod";
import { issueWords } from "../contract/issue-words.ts";
import { type Input, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { ruleOfIssue, statusOfIssue } from "../contract/rules.ts";
import { revealingJson, Secret } from "../contract/secret.ts";
import { type Asked, askedOf } from "./asked.ts";
import { type AskedCommands, askedCommandsOf } from "./asked-commands.ts";
import { InvalidInputError } from "./errors.ts";

/** A request as it is sent, without the token. */
export interface GatewayRequest {
  readonly operation: OperationName;
  readonly method: "GET" | "POST";
  /** Path after the gateway's base URL, with the query. */
  readonly path: string;
  readonly body: Secret | null;
  /** The device, if the request names exactly one; it selects the token. */
  readonly device: string | null;
  /** What the answer has to be about; null: anything. */
  readonly asked: Asked | null;
  /** The commands that the answer has to be about; null: it is about none. */
  readonly commands: AskedCommands | null;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Validates the input against the contract and encodes it as a request.
 * @throws {InvalidInputError} if the contract forbids the input.
 */
export const encodeRequest = <Name extends OperationName>(name: Name, input: Input<Name>): GatewayRequest => {
  const { method } = OPERATIONS[name];
  validate(name, input);
  const members = input as Members;
  const [asked, commands] = [askedOf(name, members), askedCommandsOf(name, members)];
  const device = typeof members["DeviceSN"] === "string" && members["DeviceSN"] !== "ALL" ? members["DeviceSN"] : null;
  return method === "GET"
    ? { operation: name, method, path: `/${name}${query(members)}`, body: null, device, asked, commands }
    : { operation: name, method, path: `/${name}`, body: new Secret(revealingJson(members)), device, asked, commands };
};

/**
 * Validates the input against the contract.
 * @throws {InvalidInputError} with every fault.
 */
export const validate = <Name extends OperationName>(name: Name, input: Input<Name>): void => {
  const schema = OPERATIONS[name].input as z.ZodType;
  const result = schema.safeParse(input, { error: issueWords });
  if (result.success) return;
  throw new InvalidInputError(
    name,
    result.error.issues.map((issue) => ({
      path: issue.path.filter((step) => typeof step !== "symbol"),
      status: statusOfIssue(issue),
      message: issue.message.startsWith("must ") ? `It ${issue.message}.` : issue.message,
      rule: ruleOfIssue(issue),
    })),
  );
};

const query = (members: Members): string => {
  let text = "";
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value])
      text += `${text === "" ? "?" : "&"}${name}=${encodeURIComponent(String(item).toWellFormed())}`;
  }
  return text;
};
