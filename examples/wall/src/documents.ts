import { graphql } from "./__generated__/gql.ts";

/** Who is looking, and what the caller may do. */
export const VIEWER = graphql(`
  query WallViewer { viewer { name scopes } gateway { sandbox } attendanceToday { date } }
`);

/** Today's punches, and the position at which they were read. */
export const TODAY = graphql(`
  query WallToday {
    attendanceToday {
      cursor
      punches(first: 200) {
        nodes {
          id at localTime direction method
          photo { url }
          user { id employeeCode name }
          device { id serialNumber name }
        }
      }
    }
  }
`);

/** The punches behind a position. */
export const PUNCH_ADDED = graphql(`
  subscription WallPunchAdded($after: EventCursor) {
    punchAdded(after: $after) {
      cursor gap replayed
      punch {
        id at localTime direction method
        photo { url }
        user { id employeeCode name }
        device { id serialNumber name }
      }
    }
  }
`);

/** The devices and how they are. */
export const DEVICES = graphql(`
  query WallDevices {
    devices(first: 50) {
      nodes { id serialNumber name model status lastSeenAt health { queueStatus queueDepth } }
    }
  }
`);

/** Every change of a device. */
export const DEVICE_CHANGED = graphql(`
  subscription WallDeviceChanged($after: EventCursor) {
    deviceStatusChanged(after: $after) {
      cursor gap replayed status queueStatus queueDepth
      device { id serialNumber name model lastSeenAt }
    }
  }
`);

/** The doors of all devices. */
export const DOORS = graphql(`
  query WallDoors {
    devices(first: 50) {
      nodes { id serialNumber name doors { id number name state lock mode alarm } }
    }
  }
`);

/** Whether the server can read its event log: without it no event arrives, although the connection is there. */
export const PULSE = graphql(`
  query WallPulse { gateway { latestCursor } }
`);

/** Opens a door for a moment. */
export const OPEN_DOOR = graphql(`
  mutation WallOpenDoor($input: OpenDoorInput!) {
    openDoor(input: $input) { command { id status } userErrors { code message } }
  }
`);

/** The day of one person. */
export const DAY = graphql(`
  query WallDay($code: String!, $date: LocalDate!, $from: LocalDateTime!, $to: LocalDateTime!) {
    user(employeeCode: $code) {
      id name
      punches(from: $from, to: $to, first: 100) {
        nodes { id localTime direction method device { id name } }
      }
    }
    attendanceDays(from: $date, to: $date, employeeCodes: [$code]) {
      nodes { status workedMinutes breakMinutes firstIn { localTime } lastOut { localTime } }
    }
  }
`);

/** A link to the punches of a period. */
export const EXPORT = graphql(`
  query WallExport($from: LocalDateTime!, $to: LocalDateTime!, $devices: [String!]) {
    attendanceExport(from: $from, to: $to, serialNumbers: $devices) { url }
  }
`);
