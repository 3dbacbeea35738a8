/** What one flood sends. */
export interface FloodOptions {
  readonly url: string;
  readonly connections: number;
  /** Whether all connections send at once and wait for each other. */
  readonly together: boolean;
  /** The request line and the headers, without the length. */
  readonly head: string;
  /** The bodies of the requests, in turn; `NUMBER` in them is another number each time. */
  readonly bodies: readonly string[];
}

/** A flood of one caller, by what it sends. */
export interface FloodCase extends Pick<FloodOptions, "connections" | "together"> {
  readonly name: string;
  readonly query: string;
}

const PAGE = `{ punches(from: "2026-06-20T00:00:00", to: "2026-06-21T04:00:00", first: 500) {
  nodes { id localTime direction user { employeeCode name } device { serialNumber name } }
} }`;
const INVALID = `{ yNUMBER ${Array.from({ length: 100 }, (_, index) => `x${index}`).join(" ")} }`;

export const FLOODS: readonly FloodCase[] = [
  { name: "pages of 500 punches", query: PAGE, connections: 900, together: false },
  { name: "invalid documents, each another one", query: INVALID, connections: 900, together: false },
  { name: "4,000 requests at once, again and again", query: PAGE, connections: 4_000, together: true },
];
