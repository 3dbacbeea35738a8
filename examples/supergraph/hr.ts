import type { Subgraph } from "./subgraph.ts";

interface Department {
  readonly name: string;
  /** When work begins, on the clocks of the site. */
  readonly startsAt: string;
  readonly employeeCodes: readonly string[];
}

interface Employee {
  readonly number: string;
  readonly employeeCode: string;
  readonly department: Department;
}

const numbered = (count: number, code: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => code(index));

/** The people of the sandbox, as a personnel department knows them. */
const DEPARTMENTS: readonly Department[] = [
  { name: "Assembly", startsAt: "09:00", employeeCodes: numbered(13, (index) => String(1_001 + index)) },
  { name: "Quality", startsAt: "09:00", employeeCodes: [...numbered(15, (index) => String(1_014 + index)), "1042"] },
  {
    name: "Plant North",
    startsAt: "09:00",
    employeeCodes: numbered(14, (index) => (index % 3 === 0 ? `B-${201 + index}` : String(5_001 + index))),
  },
  { name: "Sales", startsAt: "09:00", employeeCodes: numbered(11, (index) => String(31 + index).padStart(4, "0")) },
  { name: "Research", startsAt: "09:00", employeeCodes: numbered(6, (index) => `sg.${401 + index}`) },
];

const EMPLOYEES: ReadonlyMap<string, Employee> = new Map(
  DEPARTMENTS.flatMap((department) =>
    department.employeeCodes.map((employeeCode) => ({ department, employeeCode })),
  ).map((employee, index) => [employee.employeeCode, { ...employee, number: `H${index + 1}` }]),
);

const LATE_FOR_MINUTES = 120;

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Who comes in later than that was not expected in the morning. */
const isLate = ({ startsAt }: Department, localTime: string): boolean => {
  const minutes = minutesOf(localTime.slice(11)) - minutesOf(startsAt);
  return minutes > 0 && minutes <= LATE_FOR_MINUTES;
};

interface UserKey {
  readonly employeeCode: string;
  readonly name?: string | null;
}

interface PunchFacts {
  readonly localTime: string;
  readonly user: UserKey;
}

/** A personnel department: it knows a user by employee code, and judges punches by the hours of a department. */
export const HR: Subgraph = {
  name: "hr",
  sdl: /* GraphQL */ `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])

    scalar LocalDateTime

    type Query {
      departments: [Department!]!
      employees(first: Int! = 50): [Employee!]!
      employee(number: ID!): Employee
    }

    type Mutation {
      "Another time at which work begins, until the program ends."
      setStartOfWork(department: String!, startsAt: String!): Department
    }

    type Department @key(fields: "name") {
      name: String!
      "When work begins, on the clocks of the site."
      startsAt: String!
      employees: [Employee!]!
    }

    type Employee @key(fields: "number") {
      number: ID!
      department: Department!
      "The same person at the terminals."
      user: User!
    }

    type User @key(fields: "employeeCode") {
      employeeCode: String!
      name: String @external
      employee: Employee
      "What is printed on the badge."
      badge: String @requires(fields: "name")
    }

    type Punch @key(fields: "id") {
      id: ID!
      localTime: LocalDateTime! @external
      user: User! @external
      "Whether somebody came in after work had begun, by up to two hours."
      late: Boolean @requires(fields: "localTime user { employeeCode }")
    }
  `,
  createResolvers: () => {
    const starts = new Map(DEPARTMENTS.map(({ name, startsAt }) => [name, startsAt]));
    const known = (department: Department): Department => ({
      ...department,
      startsAt: starts.get(department.name) ?? department.startsAt,
    });
    const named = (name: string): Department | null => {
      const department = DEPARTMENTS.find((each) => each.name === name);
      return department === undefined ? null : known(department);
    };
    const byNumber = (number: string) => [...EMPLOYEES.values()].find((each) => each.number === number) ?? null;
    return {
      Query: {
        departments: () => DEPARTMENTS.map(known),
        employees: (_root: unknown, { first }: { first: number }) => [...EMPLOYEES.values()].slice(0, first),
        employee: (_root: unknown, { number }: { number: string }) => byNumber(number),
      },
      Mutation: {
        setStartOfWork: (_root: unknown, { department, startsAt }: { department: string; startsAt: string }) => {
          if (starts.has(department)) starts.set(department, startsAt);
          return named(department);
        },
      },
      Department: {
        __resolveReference: ({ name }: Pick<Department, "name">) => named(name),
        employees: ({ employeeCodes }: Department) => employeeCodes.map((code) => EMPLOYEES.get(code)),
      },
      Employee: {
        __resolveReference: ({ number }: Pick<Employee, "number">) => byNumber(number),
        department: ({ department }: Employee) => known(department),
        user: ({ employeeCode }: Employee) => ({ employeeCode }),
      },
      User: {
        __resolveReference: (user: UserKey) => user,
        employee: ({ employeeCode }: UserKey) => EMPLOYEES.get(employeeCode) ?? null,
        badge: ({ employeeCode, name }: UserKey) => (name ? `${name} (${employeeCode})` : null),
      },
      Punch: {
        __resolveReference: (punch: PunchFacts) => punch,
        late: ({ localTime, user }: PunchFacts) => {
          const employee = EMPLOYEES.get(user.employeeCode);
          return employee === undefined ? null : isLate(known(employee.department), localTime);
        },
      },
    };
  },
};
