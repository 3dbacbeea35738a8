/** A request to both contenders: to Portico as a query, to the hand-written client as a path. */
export interface Case {
  readonly name: string;
  readonly query: string;
  readonly path: string;
  /** Wall-clock times of the devices; `to` is exclusive. */
  readonly range: { readonly from: string; readonly to: string };
  readonly punches: number;
  /** Requests in one turn of one contender: some tenths of a second. */
  readonly requests: number;
}

export const CASES: readonly Case[] = [
  {
    name: "20 newest punches, users, their devices, doors with state",
    query: `query Newest($from: LocalDateTime!, $to: LocalDateTime!) {
      punches(from: $from, to: $to, order: DESC, first: 20) {
        nodes { localTime user { employeeCode name devices { nodes { serialNumber name doors { number name state } } } } }
      }
    }`,
    path: "/newest",
    range: { from: "2026-06-20T00:00:00", to: "2026-06-21T12:00:00" },
    punches: 20,
    requests: 100,
  },
  {
    name: "500 punches of a day with users' names",
    query: `query Day($from: LocalDateTime!, $to: LocalDateTime!) {
      punches(from: $from, to: $to, first: 500) {
        nodes { at localTime direction user { employeeCode name } }
      }
    }`,
    path: "/day",
    range: { from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00" },
    punches: 500,
    requests: 100,
  },
];
