import "./command.fields.ts";
import "./details.type.ts";
import "./device.enums.ts";
import "./device.inputs.ts";
import "./device.mutations.ts";
import "./device.queries.ts";
import "./device.type.ts";
import "./migration.type.ts";
