const HINT = `# Portico: the Biometric Gateway as one graph. Run with Ctrl-Enter; the tabs above hold more.
# The header x-portico-trace: upstream shows which calls an answer cost.
`;

const day = (now: number, offset: number): string => new Date(now + offset * 86_400_000).toISOString().slice(0, 10);

/** Queries that GraphiQL opens with, one tab each; their dates follow today. */
export const readyMadeQueries = (now: number): readonly string[] => [
  `${HINT}
# Who came in today, through which door, and is that device online?
query Today {
  attendanceToday {
    date
    asOf
    punches(first: 10) {
      totalCount
      nodes {
        localTime
        direction
        user { employeeCode name }
        device { name status doors { name state } }
      }
    }
  }
}
`,
  `# Punches as they are made. Run it and watch; the sandbox punches every few seconds.
subscription Live {
  punchAdded {
    cursor
    replayed
    gap
    punch { localTime direction method user { employeeCode name } device { name } }
  }
}
`,
  `# All devices at a glance: three calls upstream, however many there are.
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
  `# A person's page.
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
  `# A button that opens a door. It is sent once; QUEUED means that nothing has moved yet.
mutation OpenTheDoor {
  openDoor(
    input: {
      serialNumber: "SN7A2300583"
      durationSeconds: 5
      options: { waitSeconds: 8, reason: "courier" }
    }
  ) {
    door { name state lock }
    command { id status failureReason expiresAt }
    userErrors { code message path }
  }
}
`,
  `# A file for payroll, and what happened at the doors.
query PayrollAndDoors {
  attendanceExport(from: "${day(now, -30)}T00:00:00", to: "${day(now, 0)}T00:00:00") { url expiresAt }
  accessEvents(from: "${day(now, -7)}T00:00:00", to: "${day(now, 1)}T00:00:00", kinds: [ACCESS_DENIED, DOOR_FORCED_OPEN], order: DESC, first: 20) {
    totalCount
    nodes { kind localTime reason user { employeeCode name } door { name device { name } } }
  }
}
`,
];
