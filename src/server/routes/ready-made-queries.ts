const INTRODUCTION = `# Portico: the Biometric Gateway as a GraphQL
# API. Ctrl-Enter runs a query; the tabs above
# hold more.
#
# The header x-portico-trace: upstream lists the
# gateway calls of a response.
`;

const day = (now: number, offset: number): string => new Date(now + offset * 86_400_000).toISOString().slice(0, 10);

/** Returns the queries of GraphiQL's tabs, with dates relative to `now` (milliseconds since 1970 UTC). */
export const readyMadeQueries = (now: number): readonly string[] => [
  `${INTRODUCTION}
# Today's punches, with the person, the device
# and its doors. They are in the order of the
# devices' wall clocks; across time zones, sort
# by \`at\`.
query Today {
  attendanceToday {
    date
    asOf
    punches(first: 10) {
      totalCount
      nodes {
        at
        localTime
        direction
        user { employeeCode name }
        device { name status doors { name state } }
      }
    }
  }
}
`,
  `# The punches that arrived last, in all time
# zones. Continue with
# punchAdded(after: cursor).
query Latest {
  latestPunches(first: 20) {
    cursor
    nodes { receivedAt punch { at localTime direction method user { employeeCode name } device { name timeZone } } }
  }
}
`,
  `# New punches as they happen. The sandbox makes
# one every few seconds.
subscription Live {
  punchAdded {
    cursor
    replayed
    gap
    punch { at localTime direction method user { employeeCode name } device { name } }
  }
}
`,
  `# All devices and their health: three gateway
# calls, whatever the number of devices.
query Devices {
  devices(first: 100) {
    totalCount
    nodes {
      serialNumber
      name
      model
      status
      timeZone
      lastSeenAt
      health { queueDepth queueStatus clockDriftSeconds }
    }
  }
}
`,
  `# One person: credentials, devices and the
# attendance of the last two weeks.
query Person {
  user(employeeCode: "1042") {
    name
    role
    credentials { kind index }
    devices { edges { node { name status } enrollment { syncState lastSyncedAt } } }
    attendanceDays(from: "${day(now, -14)}", to: "${day(now, 0)}", dayStart: "05:00") {
      nodes { date status firstIn { localTime device { name } } lastOut { localTime } hours }
    }
  }
}
`,
  `# Open a door. The command is sent once; QUEUED
# means that the device has not received it yet.
mutation OpenTheDoor {
  openDoor(
    input: {
      serialNumber: "SN7A2300583"
      durationSeconds: 5
      options: { waitSeconds: 8, reason: "delivery" }
    }
  ) {
    door { name state lock }
    command { id status failureReason expiresAt }
    userErrors { code message path }
  }
}
`,
  `# An export file for payroll, and the denied and
# forced entries of the last week.
query PayrollAndDoors {
  attendanceExport(from: "${day(now, -30)}T00:00:00", to: "${day(now, 0)}T00:00:00") { url expiresAt }
  accessEvents(
    from: "${day(now, -7)}T00:00:00"
    to: "${day(now, 1)}T00:00:00"
    kinds: [ACCESS_DENIED, DOOR_FORCED_OPEN]
    order: DESC
    first: 20
  ) {
    totalCount
    nodes { kind localTime reason user { employeeCode name } door { name device { name } } }
  }
}
`,
];
