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

    constructor(source: Source) {
      this.#source = source;
    }

    static define(name: keyof Members): void {
      Object.defineProperty(Lazy.prototype, name, {
        get(this: Lazy & Members) {
          const value = factories[name](this.#source, this);
          Object.defineProperty(this, name, { value });
          return value;
        },
      });
    }
  }
  for (const name of Object.keys(factories) as (keyof Members)[]) Lazy.define(name);
  return (source) => new Lazy(source) as Lazy & Members;
};
