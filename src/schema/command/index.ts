import "./command.enums.ts";
import "./command.inputs.ts";
import "./command.queries.ts";
import "./command.type.ts";
import "./errors.type.ts";
