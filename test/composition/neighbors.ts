const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])`;

const subgraph = (sdl: string): string => `${LINK}\n${sdl}`;

/** Subgraphs that a company may already have, each with one possible conflict with Portico. */
export const NEIGHBORS = {
  "`User` by `id`": subgraph(`
    type Query { me: User }
    type User @key(fields: "id") { id: ID! email: String }
  `),
  "`User` by `id`, shareable": subgraph(`
    type Query { me: User }
    type User @key(fields: "id") @shareable { id: ID! email: String }
  `),
  "`Device` by `id`": subgraph(`
    type Query { laptops: [Device!]! }
    type Device @key(fields: "id") { id: ID! owner: String }
  `),
  "`User` by `employeeCode` with a `name`": subgraph(`
    type Query { staff: [User!]! }
    type User @key(fields: "employeeCode") { employeeCode: String! name: String }
  `),
  "the same, `name` shareable": subgraph(`
    type Query { staff: [User!]! }
    type User @key(fields: "employeeCode") { employeeCode: String! name: String @shareable }
  `),
  "`User` by `employeeCode: ID`": subgraph(`
    type Query { staff: [User!]! }
    type User @key(fields: "employeeCode") { employeeCode: ID! phone: String }
  `),
  "`User` by `employeeCode`": subgraph(`
    type Query { staff: [User!]! }
    type User @key(fields: "employeeCode") { employeeCode: String! phone: String }
  `),
  "`User` without a key": subgraph(`
    type Query { accounts: [User!]! }
    type User { email: String }
  `),
  "`PageInfo`": subgraph(`
    type Query { tickets: TicketConnection! }
    type TicketConnection { pageInfo: PageInfo! }
    type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  `),
  "`PageInfo`, shareable": subgraph(`
    type Query { tickets: TicketConnection! }
    type TicketConnection { pageInfo: PageInfo! }
    type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  `),
  "`Query.node`, `Query.nodes` and `Node`": subgraph(`
    type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
    interface Node { id: ID! }
    type Ticket implements Node @key(fields: "id") { id: ID! title: String }
  `),
  "an interface `Error`": subgraph(`
    type Query { tickets: [Ticket!]! }
    interface Error { message: String! }
    type Ticket implements Error { message: String! }
  `),
  "an interface `UserError` of its own": subgraph(`
    type Query { checks: [UserError!]! }
    interface UserError { field: [String!] text: String! }
    type InputError implements UserError { field: [String!] text: String! }
  `),
  "a scalar `DateTime`": subgraph(`
    scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time")
    type Query { now: DateTime! }
  `),
  "an enum `TimeZoneName`": subgraph(`
    type Query { zones: [TimeZoneName!]! }
    enum TimeZoneName { EUROPE_BERLIN ASIA_KOLKATA }
  `),
  "an enum `UserRole` of its own": subgraph(`
    type Query { invite(role: UserRole!): UserRole }
    enum UserRole { OWNER MEMBER }
  `),
  "a `Command` of its own": subgraph(`
    type Query { history: [Command!]! }
    type Command { line: String! status: String! }
  `),
  "`Query.users` of its own": subgraph(`
    type Query { users: [Person!]! }
    type Person @key(fields: "id") { id: ID! }
  `),
} as const;
