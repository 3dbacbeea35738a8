import type { SandboxClock } from "../clock.ts";
import { type Answer, type CommandQueues, Refusal } from "../handler.ts";
import { DAY } from "../time.ts";

interface Request {
  readonly request: string;
  readonly received: number;
  readonly answer: Promise<Answer>;
}

/** Remembers for 24 h what each OperationID was used for, and what was answered. */
export const createRequests = (clock: SandboxClock): CommandQueues["once"] => {
  const requests = new Map<string, Request>();

  const forgetOld = () => {
    for (const [OperationID, { received }] of requests) {
      if (received > clock.now() - DAY) return;
      requests.delete(OperationID);
    }
  };

  return async (OperationID, request, work) => {
    forgetOld();
    const known = requests.get(OperationID);
    if (known !== undefined) {
      if (known.request === request) return known.answer;
      throw new Refusal("operationIdReused", "This OperationID belongs to another request.", { field: "OperationID" });
    }
    const answer = Promise.resolve(work());
    requests.set(OperationID, { request, received: clock.now(), answer });
    return answer;
  };
};

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, canonical(member)] as const);
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** A request as it is compared with another of the same OperationID: without AuthToken and Time. */
export const requestKey = (operation: string, raw: Readonly<Record<string, unknown>>): string => {
  const { AuthToken: _token, Time: _time, ...members } = raw;
  return `${operation} ${JSON.stringify(canonical(members))}`;
};
