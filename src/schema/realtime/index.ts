import "./callback.type.ts";
import "./event.type.ts";
import "./events.queries.ts";
import "./realtime.enums.ts";
import "./realtime.inputs.ts";
import "./realtime.mutations.ts";
import "./subscriptions.ts";
