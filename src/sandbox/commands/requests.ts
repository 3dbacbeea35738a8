import type { SandboxClock } from "../clock.ts";
import { type Answer, type CommandQueues, Refusal } from "../handler.ts";
import { DAY } from "../time.ts";

interface StoredRequest {
  readonly request: string;
  readonly received: number;
  readonly answer: Promise<Answer>;
}

/** Stores for 24 h the request and the answer of each OperationID. */
export const createRequests = (clock: SandboxClock): CommandQueues["runIdempotent"] => {
  const requests = new Map<string, StoredRequest>();

  const deleteExpired = () => {
    for (const [OperationID, { received }] of requests) {
      if (received > clock.now() - DAY) return;
      requests.delete(OperationID);
    }
  };

  return async (OperationID, request, work) => {
    deleteExpired();
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

/** The key that compares two requests with the same OperationID: the members without AuthToken and Time. */
export const requestKey = (operation: string, raw: Readonly<Record<string, unknown>>): string => {
  const { AuthToken: _token, Time: _time, ...members } = raw;
  return `${operation} ${JSON.stringify(canonical(members))}`;
};
