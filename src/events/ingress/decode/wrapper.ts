import { isMembers, type Members } from "../../../contract/lookup.ts";
import { listOf } from "./members.ts";
import { shapeOf } from "../../../contract/shapes.ts";

/** Members in which senders of version 2 wrap a body: as an object, or as its JSON. */
const WRAPPERS = ["apirequestinfo", "request_data", "requestdata"] as const;
const MAX_WRAPPERS = 4;

const isWrapper = (name: string): boolean => WRAPPERS.some((wrapper) => wrapper === name.toLowerCase());

const wrappedIn = (value: unknown): unknown => {
  const [only, ...more] = listOf(value);
  return more.length === 0 ? only : undefined;
};

/** Returns the body and the bodies that are wrapped in it, from the outermost to the innermost. */
export const layersOf = (body: Members): readonly Members[] => {
  const layers = [body];
  if (!isWrapped(body)) return layers;
  for (let layer: Members | undefined = body; layer !== undefined && layers.length < MAX_WRAPPERS; ) {
    const inner: unknown = Object.entries(layer).find(
      ([name, value]) => isWrapper(name) && isMembers(wrappedIn(value)),
    );
    layer = Array.isArray(inner) ? (wrappedIn(inner[1]) as Members) : undefined;
    if (layer !== undefined) layers.push(layer);
  }
  return layers;
};

/** Whether a body is wrapped, or says that it is. */
export const isWrapped = (body: Members): boolean => {
  const { spellingsOf } = shapeOf(body);
  for (const wrapper of WRAPPERS) if (spellingsOf(wrapper).length > 0) return true;
  return false;
};

/** Returns a body with the members of those that are wrapped in it; the innermost count most. */
export const unwrapped = (body: Members): Members => {
  if (!isWrapped(body)) return body;
  const merged = new Map<string, unknown>();
  for (const layer of layersOf(body).toReversed()) {
    for (const [name, value] of Object.entries(layer))
      if (!isWrapper(name) && !merged.has(name)) merged.set(name, value);
  }
  return Object.fromEntries(merged);
};
