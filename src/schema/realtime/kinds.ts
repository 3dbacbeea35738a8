import type { EventKind } from "../../events/event.ts";
import { type Viewer, hasScope, type Scope } from "../kernel/viewer.ts";

const SCOPES = {
  "attendance.new": "attendance:read",
  "device.status": "devices:read",
  "enrollment.update": "users:read",
} as const satisfies Record<Exclude<EventKind, "other">, Scope>;

const KINDS = Object.keys(SCOPES) as readonly (keyof typeof SCOPES)[];

/** The kinds of event that a viewer may read, of those it wants; left out: of all. */
export const kindsFor = (viewer: Viewer, wanted: readonly EventKind[] | null | undefined): readonly EventKind[] =>
  KINDS.filter((kind) => wanted?.includes(kind) !== false && hasScope(viewer, SCOPES[kind]));
