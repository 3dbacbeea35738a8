type Nullish<Members> = { readonly [Name in keyof Members]: Members[Name] | null | undefined };

/** Copies the members that are neither undefined nor null. */
export const omitNullish = <Members extends object>(members: Nullish<Members>): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null)) as Members;
