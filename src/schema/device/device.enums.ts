import { builder } from "../kernel/builder.ts";

export const DeviceStatus = builder.enumType("DeviceStatus", {
  description: "Connection state of a device.",
  values: {
    ONLINE: { value: "Online", description: "The device is connected and carries out commands." },
    OFFLINE: { value: "Offline", description: "The device is not connected. Commands wait for it until they expire." },
    DEGRADED: {
      value: "Degraded",
      description: "The device is connected, but its events are stuck, its clock is wrong or its license expired.",
    },
    UNKNOWN: { value: "Unknown", description: "The device was never connected, or its state is not reported." },
  } as const,
});

export const QueueStatus = builder.enumType("QueueStatus", {
  description: "State of the queue in which the gateway keeps the events of a device until they are delivered.",
  values: {
    IDLE: { value: "Idle", description: "All events of the device are delivered." },
    PROCESSING: { value: "Processing", description: "The gateway is delivering events of the device." },
    STUCK: {
      value: "Stuck",
      description: "An event could not be delivered and blocks those behind it. The gateway tries again by itself.",
    },
    UNKNOWN: { value: "Unknown", description: "The gateway does not report the state of the queue." },
  } as const,
});

export const DeviceCapability = builder.enumType("DeviceCapability", {
  description: "Something that a device can do, or a restriction that it has.",
  values: {
    FINGERPRINT: { value: "Fingerprint", description: "The device recognizes people by fingerprint." },
    FACE: { value: "Face", description: "The device recognizes people by face." },
    PALM: { value: "Palm", description: "The device recognizes people by palm." },
    CARD: { value: "Card", description: "The device reads RFID or proximity cards." },
    PASSWORD: { value: "Password", description: "The device accepts a PIN." },
    PHOTO: { value: "Photo", description: "The device takes a photo with each punch." },
    OPERATOR: { value: "Operator", description: "The device knows the role `OPERATOR`." },
    DOOR: { value: "Door", description: "The device controls at least one door." },
    DOOR_SENSOR: { value: "DoorSensor", description: "The device has a sensor that reports whether a door is open." },
    SCHEDULE: { value: "Schedule", description: "The device applies access schedules." },
    NUMERIC_EMPLOYEE_CODE: {
      value: "NumericUserIDOnly",
      description: "The device accepts only employee codes of up to 8 digits.",
    },
    REMOTE_CAPTURE: {
      value: "RemoteCapture",
      description: "The device can ask a person for a finger or face on request, with `capture: true`.",
    },
    OTHER: { value: "Other", description: "A capability that this version of the schema does not know." },
  } as const,
});

export const MigrationState = builder.enumType("MigrationState", {
  description: "State of a transfer of users or data between devices.",
  values: {
    NOT_STARTED: { value: "NotStarted", description: "The migration is accepted and waits for its devices." },
    IN_PROGRESS: { value: "InProgress", description: "The gateway is transferring items; see `progress`." },
    COMPLETED: { value: "Completed", description: "The migration ended. See `failed` for items that were rejected." },
    FAILED: { value: "Failed", description: "The migration was given up; see `failureReason`." },
    UNKNOWN: { value: "Unknown", description: "The gateway does not report the state of the migration." },
  } as const,
});

export const DeviceStatusReason = builder.enumType("DeviceStatusReason", {
  description: "Why the status of a device changed.",
  values: {
    CONNECTED: { value: "Connected", description: "The device connected to the gateway." },
    HEARTBEAT_TIMEOUT: { value: "HeartbeatTimeout", description: "The heartbeat of the device stopped." },
    DISCONNECTED: { value: "Disconnected", description: "The device closed its connection to the gateway." },
    REBOOTED: { value: "Rebooted", description: "The device restarted and connected again." },
    QUEUE_STUCK: { value: "QueueStuck", description: "An event of the device could not be delivered." },
    LICENSE_EXPIRED: { value: "LicenseExpired", description: "The license of the device at the gateway expired." },
    CLOCK_DRIFT: { value: "ClockDrift", description: "The clock of the device is wrong; see `syncDeviceTime`." },
    OTHER: { value: "Other", description: "A reason that this version of the schema does not know." },
  } as const,
});
