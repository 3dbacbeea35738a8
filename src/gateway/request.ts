import type { z } from "zod";
import { type Input, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { statusOfIssue } from "../contract/rules.ts";
import { revealingJson, Secret } from "../contract/secret.ts";
import { InvalidInputError } from "./errors.ts";

/** A request as it goes over the wire, but for the token. */
export interface GatewayRequest {
  readonly operation: OperationName;
  readonly method: "GET" | "POST";
  /** Behind the gateway's base URL, query included. */
  readonly path: string;
  readonly body: Secret | null;
  /** The one device that is named, for choosing its token. */
  readonly device: string | null;
}

type Members = Readonly<Record<string, unknown>>;

/** Checks the input against the contract and writes it as a request. Throws InvalidInput before anything is sent. */
export const encodeRequest = <Name extends OperationName>(name: Name, input: Input<Name>): GatewayRequest => {
  const { method } = OPERATIONS[name];
  validate(name, input);
  const members = input as Members;
  const device = typeof members["DeviceSN"] === "string" && members["DeviceSN"] !== "ALL" ? members["DeviceSN"] : null;
  return method === "GET"
    ? { operation: name, method, path: `/${name}${query(members)}`, body: null, device }
    : { operation: name, method, path: `/${name}`, body: new Secret(revealingJson(members)), device };
};

/** Throws InvalidInput with every fault the contract finds. */
export const validate = <Name extends OperationName>(name: Name, input: Input<Name>): void => {
  const codec = OPERATIONS[name].input as z.ZodType;
  const result = codec.safeParse(input);
  if (result.success) return;
  throw new InvalidInputError(
    name,
    result.error.issues.map((issue) => ({
      path: issue.path.filter((step) => typeof step !== "symbol"),
      status: statusOfIssue(issue),
      message: issue.message,
    })),
  );
};

const query = (members: Members): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
  }
  return search.size === 0 ? "" : `?${search.toString()}`;
};
