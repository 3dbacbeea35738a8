import { builder } from "../kernel/builder.ts";

export const DeviceStatus = builder.enumType("DeviceStatus", {
  description: "Connection state of a device.",
  values: {
    ONLINE: { value: "Online", description: "Connected." },
    OFFLINE: { value: "Offline", description: "Not connected; commands queue." },
    DEGRADED: { value: "Degraded", description: "Connected with trouble." },
    UNKNOWN: { value: "Unknown", description: "Never seen or not told." },
  } as const,
});

export const QueueStatus = builder.enumType("QueueStatus", {
  description: "State of a device's callback queue.",
  values: {
    IDLE: { value: "Idle", description: "Nothing to deliver." },
    PROCESSING: { value: "Processing", description: "Delivering." },
    STUCK: { value: "Stuck", description: "Blocked by an unacknowledged callback." },
    UNKNOWN: { value: "Unknown", description: "Not told." },
  } as const,
});

export const DeviceCapability = builder.enumType("DeviceCapability", {
  description: "Something a device can do, or demands.",
  values: {
    FINGERPRINT: { value: "Fingerprint", description: "Fingerprints." },
    FACE: { value: "Face", description: "Faces." },
    PALM: { value: "Palm", description: "Palms." },
    CARD: { value: "Card", description: "Cards." },
    PASSWORD: { value: "Password", description: "Passwords." },
    PHOTO: { value: "Photo", description: "A photo with a punch." },
    OPERATOR: { value: "Operator", description: "The role OPERATOR." },
    DOOR: { value: "Door", description: "A door relay." },
    DOOR_SENSOR: { value: "DoorSensor", description: "A door sensor." },
    SCHEDULE: { value: "Schedule", description: "Access schedules." },
    NUMERIC_EMPLOYEE_CODE: { value: "NumericUserIDOnly", description: "Digits only in employee codes." },
    REMOTE_CAPTURE: { value: "RemoteCapture", description: "Capture on request." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const MigrationState = builder.enumType("MigrationState", {
  description: "State of a migration.",
  values: {
    NOT_STARTED: { value: "NotStarted", description: "Waiting." },
    IN_PROGRESS: { value: "InProgress", description: "Under way." },
    COMPLETED: { value: "Completed", description: "All moved." },
    FAILED: { value: "Failed", description: "Given up." },
    UNKNOWN: { value: "Unknown", description: "Not told." },
  } as const,
});

export const DeviceStatusReason = builder.enumType("DeviceStatusReason", {
  description: "Why the status of a device changed.",
  values: {
    CONNECTED: { value: "Connected", description: "It connected." },
    HEARTBEAT_TIMEOUT: { value: "HeartbeatTimeout", description: "Its heartbeat stopped." },
    DISCONNECTED: { value: "Disconnected", description: "It disconnected." },
    REBOOTED: { value: "Rebooted", description: "It restarted." },
    QUEUE_STUCK: { value: "QueueStuck", description: "Its callback queue is stuck." },
    LICENSE_EXPIRED: { value: "LicenseExpired", description: "Its licence ran out." },
    CLOCK_DRIFT: { value: "ClockDrift", description: "Its clock is off." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});
