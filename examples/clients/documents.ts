import { graphql } from "../../test/gql/gql.ts";

/** Today's punches, and the position at which they were read. */
export const TODAY = graphql(`
  query PunchesToday {
    attendanceToday { cursor punches(first: 100) { nodes { id localTime user { id employeeCode name } } } }
  }
`);

/** The punches behind a position. */
export const ADDED = graphql(`
  subscription PunchesAdded($after: EventCursor) {
    punchAdded(after: $after) { cursor gap replayed punch { id localTime user { id employeeCode name } } }
  }
`);
