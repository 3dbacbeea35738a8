/** Queries that GraphiQL opens with, one tab each. */
export const READY_MADE_QUERIES: readonly string[] = [
  `# Who came in today, through which door, and is that device online?
query Today {
  attendanceToday(first: 20) {
    edges {
      node {
        localTime
        direction
        user {
          name
        }
        device {
          label
          status
        }
      }
    }
  }
}
`,
];
