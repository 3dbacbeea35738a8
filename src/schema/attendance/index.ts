import "./attendance.enums.ts";
import "./attendance.queries.ts";
import "./connections.ts";
import "./day.type.ts";
import "./foreign.fields.ts";
import "./punch.type.ts";
import "./today.type.ts";
