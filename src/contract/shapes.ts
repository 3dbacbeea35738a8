/** The members that bodies of one shape have: the same names in the same order. */
export interface Shape {
  /** The spellings of a name in any case that the bodies have, in their order. The name stands in the program, not in a body. */
  readonly spellingsOf: (name: string) => readonly string[];
}

interface KnownShape extends Shape {
  readonly names: readonly string[];
}

/** The bodies of a gateway have a few shapes. A shape is kept only if it is small: its names come from outside. */
const MAX_SHAPES = 16;
const MAX_NAMES = 64;
const MAX_NAME_CHARACTERS = 2_048;

const NONE: readonly string[] = [];

const createShape = (names: readonly string[]): KnownShape => {
  const bySmallName = new Map<string, string[]>();
  for (const name of names) {
    const small = name.toLowerCase();
    const spellings = bySmallName.get(small);
    if (spellings === undefined) bySmallName.set(small, [name]);
    else spellings.push(name);
  }
  /** By the names as they were asked for, which are few. */
  const asked = new Map<string, readonly string[]>();
  return {
    names,
    spellingsOf(name) {
      let spellings = asked.get(name);
      if (spellings === undefined) {
        spellings = bySmallName.get(name.toLowerCase()) ?? NONE;
        asked.set(name, spellings);
      }
      return spellings;
    },
  };
};

/** The shapes that were seen last, newest first. */
const shapes: KnownShape[] = [];

const hasNames = ({ names }: KnownShape, members: object): boolean => {
  let index = 0;
  // What JSON.parse makes has no other names than its own.
  for (const name in members) {
    if (names[index] !== name) return false;
    index += 1;
  }
  return index === names.length;
};

const isSmall = (names: readonly string[]): boolean =>
  names.length <= MAX_NAMES && names.reduce((sum, name) => sum + name.length, 0) <= MAX_NAME_CHARACTERS;

/** A body with a hundred thousand members is looked at some twenty times. */
const largeShapes = new WeakMap<object, Shape>();

/** Returns the shape of an object of JSON. A table of its names for each body was a tenth of the work of a callback. */
export const shapeOf = (members: object): Shape => {
  for (const shape of shapes) if (hasNames(shape, members)) return shape;
  const large = largeShapes.get(members);
  if (large !== undefined) return large;
  const names = Object.keys(members);
  const shape = createShape(names);
  if (isSmall(names)) {
    shapes.unshift(shape);
    if (shapes.length > MAX_SHAPES) shapes.pop();
  } else largeShapes.set(members, shape);
  return shape;
};
