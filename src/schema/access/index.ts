import "./access.enums.ts";
import "./access.inputs.ts";
import "./access.mutations.ts";
import "./access.queries.ts";
import "./command.fields.ts";
import "./device.fields.ts";
import "./door.type.ts";
