/** How each member is created, from a source and from other members. */
export type MemberFactories<Source, Members> = {
  readonly [Name in keyof Members]: (source: Source, members: Members) => Members[Name];
};

/**
 * Returns a constructor of objects that create each member when it is first read. The getters are defined once, on a
 * prototype: defining fifteen getters on each object takes ten times as long as creating fifteen unused loaders.
 */
export const lazyMembers = <Source, Members extends object>(
  factories: MemberFactories<Source, Members>,
): ((source: Source) => Members) => {
  class Lazy {
    readonly #source: Source;
    /** In the order of their factories. */
    readonly #created: Members[keyof Members][] = [];

    constructor(source: Source) {
      this.#source = source;
    }

    static define(name: keyof Members, index: number): void {
      Object.defineProperty(Lazy.prototype, name, {
        get(this: Lazy & Members) {
          return (this.#created[index] ??= factories[name](this.#source, this));
        },
      });
    }
  }
  for (const [index, name] of (Object.keys(factories) as (keyof Members)[]).entries()) Lazy.define(name, index);
  return (source) => new Lazy(source) as Lazy & Members;
};
