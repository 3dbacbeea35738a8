import "./attendance.enums.ts";
import "./attendance.queries.ts";
import "./connections.ts";
import "./day.type.ts";
import "./device.fields.ts";
import "./punch.type.ts";
import "./today.type.ts";
import "./user.fields.ts";
