type Nullish<Members> = { readonly [Name in keyof Members]: Members[Name] | null | undefined };

/** Returns a text that is looked for; undefined if it is blank, which a search box is when it is cleared. */
export const searchText = (text: string | null | undefined): string | undefined =>
  text == null || text.trim() === "" ? undefined : text;

/** Copies the members that are neither undefined nor null. */
export const omitNullish = <Members extends object>(members: Nullish<Members>): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null)) as Members;
