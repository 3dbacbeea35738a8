import "./callback.type.ts";
import "./realtime.enums.ts";
import "./realtime.inputs.ts";
import "./realtime.mutations.ts";
