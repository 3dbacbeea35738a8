import { EventName, EVENTS } from "../../contract/events.ts";
import type { EventKind } from "../../events/event.ts";
import { type Viewer, hasScope, type Scope } from "../kernel/viewer.ts";

/** The scope that an event's definition names; the compiler rejects a definition that names no scope of the schema. */
const scopeOf = (name: EventName): Scope => EVENTS[name].scope;

/** The kinds of event that a viewer may read, out of the requested ones; out of all kinds if none are requested. */
export const kindsFor = (viewer: Viewer, requested: readonly EventKind[] | null | undefined): readonly EventKind[] =>
  EventName.values.filter((name) => requested?.includes(name) !== false && hasScope(viewer, scopeOf(name)));
