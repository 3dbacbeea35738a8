import { expect, test } from "vitest";
import { lazyMembers } from "../../src/loaders/lazy.ts";

interface Shapes {
  readonly side: number;
  readonly area: number;
  readonly unused: number;
}

/** Creates objects with members that depend on each other, and lists the members that were created. */
const createShapes = () => {
  const created: string[] = [];
  const create = lazyMembers<number, Shapes>({
    side(source) {
      created.push(`side ${source}`);
      return source;
    },
    area(source, { side }) {
      created.push(`area ${source}`);
      return side * side;
    },
    unused() {
      throw new Error("An unused member must not be created.");
    },
  });
  return { created, create };
};

test("a member is created when it is first read, once, and so are the members it uses", () => {
  const { created, create } = createShapes();
  const shapes = create(3);
  expect(created).toEqual([]);
  expect([shapes.area, shapes.area, shapes.side]).toEqual([9, 9, 3]);
  expect(created).toEqual(["side 3", "area 3"]);
});

test("objects do not share their members", () => {
  const { created, create } = createShapes();
  const [small, large] = [create(1), create(2)];
  expect([small.side, large.side, small.side]).toEqual([1, 2, 1]);
  expect(created).toEqual(["side 1", "side 2"]);
});
