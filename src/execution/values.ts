export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** Text is iterable too, but no list. */
export const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" &&
  value !== null &&
  Symbol.iterator in value &&
  typeof value[Symbol.iterator] === "function";

/** The member of a source that has a field's name; a function is called, as graphql-js does. */
export const memberOf = (
  source: unknown,
  name: string,
  args: Readonly<Record<string, unknown>>,
  contextValue: unknown,
  info: () => unknown,
): unknown => {
  if ((typeof source !== "object" || source === null) && typeof source !== "function") return undefined;
  const member: unknown = Reflect.get(source, name);
  return typeof member === "function" ? Reflect.apply(member, source, [args, contextValue, info()]) : member;
};
