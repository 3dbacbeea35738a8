type Nullish<Members> = { readonly [Name in keyof Members]: Members[Name] | null | undefined };
type Undefinable<Members> = { readonly [Name in keyof Members]: Members[Name] | undefined };

/** Copies the members that are neither undefined nor null. */
export const omitNullish = <Members extends object>(members: Nullish<Members>): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null)) as Members;

/** Copies the members that are not undefined. Null is a value here: it clears the member. */
export const omitUndefined = <Members extends object>(members: Undefinable<Members>): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Members;
