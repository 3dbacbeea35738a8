import type { OperationName } from "../../../src/contract/operations.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import { withSandbox } from "./with-sandbox.ts";
import { askGateway as ask, type RequestOverrides } from "../../../src/conformance/target.ts";

export const NOW = Date.parse("2026-06-21T04:00:00Z");

type Members = Readonly<Record<string, unknown>>;

/** The body of an answer. */
export type Body = Members & {
  readonly StatusCode: number;
  readonly Field: string | null;
  readonly OffSet: string;
  readonly ReturnRowCount: number;
  readonly ActualRowCount: number;
};

export const start = (options: SandboxOptions = {}): Promise<Sandbox> =>
  withSandbox({ start: NOW, frozen: true, ...options });

/** Calls an operation and parses the body. */
export const read = async (
  sandbox: Sandbox,
  name: OperationName,
  members: Members,
  overrides?: RequestOverrides,
): Promise<Body> => JSON.parse((await ask(sandbox, name, members, overrides)).text) as Body;

/** Reads all rows of a paged answer. The Limit changes from page to page. */
export const readAll = async <Row>(
  sandbox: Sandbox,
  name: OperationName,
  members: Members,
  rowsOf: (body: Body) => readonly Row[],
  limits: readonly [number, ...number[]] = [1, 7, 50, 3, 200],
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  let OffSet = "";
  for (let page = 0; page === 0 || OffSet !== ""; page++) {
    const body = await read(sandbox, name, { ...members, Limit: limits[page % limits.length], OffSet });
    rows.push(...rowsOf(body));
    ({ OffSet } = body);
  }
  return rows;
};

/** Calls the control plane. */
export const control = async (sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Members> => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.url}/_sandbox/${path}`, { method, ...sent });
  return (await response.json()) as Members;
};
