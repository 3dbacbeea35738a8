/** A request to each contender: to the GraphQL servers as a query, to the hand-written client as a path. */
export interface Case {
  readonly name: string;
  readonly query: string;
  readonly path: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Upstream calls of one request. */
  readonly calls: number;
  /** A text that the answer contains so many times. */
  readonly contains: { readonly text: string; readonly times: number };
  /** Requests in one turn of one contender: some tenths of a second. */
  readonly requests: number;
}

export const CASES: readonly Case[] = [
  {
    name: "`{ __typename }`",
    query: "{ __typename }",
    path: "/typename",
    variables: {},
    calls: 0,
    contains: { text: '"Query"', times: 1 },
    requests: 6_000,
  },
  {
    name: "20 newest punches, users, their devices, doors with state",
    query: `query Newest($from: LocalDateTime!, $to: LocalDateTime!) {
      punches(from: $from, to: $to, order: DESC, first: 20) {
        nodes { localTime user { employeeCode name devices { nodes { serialNumber name doors { number name state } } } } }
      }
    }`,
    path: "/newest",
    variables: { from: "2026-06-20T00:00:00", to: "2026-06-21T12:00:00" },
    calls: 21,
    contains: { text: '"localTime"', times: 20 },
    requests: 300,
  },
  {
    name: "500 punches of a day with users' names",
    query: `query Day($from: LocalDateTime!, $to: LocalDateTime!) {
      punches(from: $from, to: $to, first: 500) {
        nodes { at localTime direction user { employeeCode name } }
      }
    }`,
    path: "/day",
    variables: { from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00" },
    calls: 1,
    contains: { text: '"localTime"', times: 500 },
    requests: 200,
  },
  {
    name: "one device with status and health",
    query: `query Device($serialNumber: String!) {
      device(serialNumber: $serialNumber) {
        serialNumber name status health { status queueDepth queueStatus clockDriftSeconds }
      }
    }`,
    path: "/device",
    variables: { serialNumber: "SN7A2300583" },
    calls: 2,
    contains: { text: '"queueDepth"', times: 1 },
    requests: 1_500,
  },
];
