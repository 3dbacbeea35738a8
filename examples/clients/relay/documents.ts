import { graphql } from "relay-runtime";

/** Relay's compiler reads these documents; what it writes is in `__generated__`. */
export const TODAY = graphql`
  query documentsTodayQuery {
    attendanceToday { cursor punches(first: 100) { nodes { id localTime user { id employeeCode name } } } }
  }
`;

export const ADDED = graphql`
  subscription documentsAddedSubscription($after: EventCursor) {
    punchAdded(after: $after) { cursor gap replayed punch { id localTime user { id employeeCode name } } }
  }
`;
