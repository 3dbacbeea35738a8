import type { Subgraph } from "./subgraph.ts";

interface DoorKey {
  readonly device: { readonly serialNumber: string };
  readonly number: number;
}

interface Building {
  readonly code: string;
  readonly name: string;
  /** Serial number and number of each door, and its floor. */
  readonly doors: readonly (readonly [serialNumber: string, number: number, floor: number])[];
}

const BUILDINGS: readonly Building[] = [
  { code: "PNQ", name: "Pune Works", doors: [["SN7A2300583", 1, 0]] },
  {
    code: "BER",
    name: "Berlin Plant",
    doors: [
      ["SN7B1100201", 1, 0],
      ["SN7B1100201", 2, 0],
      ["SN7B1100201", 3, 0],
      ["SN7B1100201", 4, -1],
      ["SN7B1100202", 1, 0],
      ["SN7B1100202", 2, 2],
    ],
  },
  {
    code: "NYC",
    name: "New York Office",
    doors: [
      ["SN7C0400311", 1, 0],
      ["SN7C0400311", 2, 0],
    ],
  },
  { code: "SIN", name: "Singapore Lab", doors: [["SN7D0900041", 1, 7]] },
];

const locationOf = ({ device, number }: DoorKey) => {
  for (const building of BUILDINGS) {
    const door = building.doors.find((each) => each[0] === device.serialNumber && each[1] === number);
    if (door !== undefined) return { building, floor: door[2] };
  }
  return null;
};

/** The facilities subgraph: it identifies a door by its device and its number. */
export const FACILITIES: Subgraph = {
  name: "facilities",
  sdl: /* GraphQL */ `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

    type Query {
      buildings: [Building!]!
      building(code: ID!): Building
    }

    type Building @key(fields: "code") {
      code: ID!
      name: String!
      doors: [Door!]!
    }

    type Door @key(fields: "device { serialNumber } number") {
      device: Device!
      number: Int!
      building: Building
      floor: Int
    }

    type Device @key(fields: "serialNumber", resolvable: false) {
      serialNumber: String!
    }
  `,
  createResolvers: () => ({
    Query: {
      buildings: () => BUILDINGS,
      building: (_root: unknown, { code }: Pick<Building, "code">) => BUILDINGS.find((each) => each.code === code),
    },
    Building: {
      __resolveReference: ({ code }: Pick<Building, "code">) => BUILDINGS.find((each) => each.code === code),
      doors: ({ doors }: Building) => doors.map(([serialNumber, number]) => ({ device: { serialNumber }, number })),
    },
    Door: {
      __resolveReference: (door: DoorKey) => door,
      building: (door: DoorKey) => locationOf(door)?.building ?? null,
      floor: (door: DoorKey) => locationOf(door)?.floor ?? null,
    },
  }),
};
