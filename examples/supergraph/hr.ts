import type { Subgraph } from "./subgraph.ts";

interface Department {
  readonly name: string;
  /** When work begins, in the site's wall-clock time. */
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

/** The people of the sandbox by department. */
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

/** A person who arrives later than `LATE_FOR_MINUTES` was not expected in the morning. */
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

/** The personnel subgraph: it identifies a user by employee code and compares punches with the department's hours. */
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
      "Changes the time at which work begins, until the program ends."
      setStartOfWork(department: String!, startsAt: String!): Department
    }

    type Department @key(fields: "name") {
      name: String!
      "When work begins, in the site's wall-clock time."
      startsAt: String!
      employees: [Employee!]!
    }

    type Employee @key(fields: "number") {
      number: ID!
      department: Department!
      "The user at the terminals that is the same person."
      user: User!
    }

    type User @key(fields: "employeeCode") {
      employeeCode: String!
      name: String @external
      employee: Employee
      "The text that is printed on the badge."
      badge: String @requires(fields: "name")
    }

    type Punch @key(fields: "id") {
      id: ID!
      localTime: LocalDateTime! @external
      user: User! @external
      "Whether the person arrived up to two hours after work began."
      late: Boolean @requires(fields: "localTime user { employeeCode }")
    }
  `,
  createResolvers: () => {
    const starts = new Map(DEPARTMENTS.map(({ name, startsAt }) => [name, startsAt]));
    const withCurrentStart = (department: Department): Department => ({
      ...department,
      startsAt: starts.get(department.name) ?? department.startsAt,
    });
    const departmentByName = (name: string): Department | null => {
      const department = DEPARTMENTS.find((each) => each.name === name);
      return department === undefined ? null : withCurrentStart(department);
    };
    const employeeByNumber = (number: string) => [...EMPLOYEES.values()].find((each) => each.number === number) ?? null;
    return {
      Query: {
        departments: () => DEPARTMENTS.map(withCurrentStart),
        employees: (_root: unknown, { first }: { first: number }) => [...EMPLOYEES.values()].slice(0, first),
        employee: (_root: unknown, { number }: { number: string }) => employeeByNumber(number),
      },
      Mutation: {
        setStartOfWork: (_root: unknown, { department, startsAt }: { department: string; startsAt: string }) => {
          if (starts.has(department)) starts.set(department, startsAt);
          return departmentByName(department);
        },
      },
      Department: {
        __resolveReference: ({ name }: Pick<Department, "name">) => departmentByName(name),
        employees: ({ employeeCodes }: Department) => employeeCodes.map((code) => EMPLOYEES.get(code)),
      },
      Employee: {
        __resolveReference: ({ number }: Pick<Employee, "number">) => employeeByNumber(number),
        department: ({ department }: Employee) => withCurrentStart(department),
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
          return employee === undefined ? null : isLate(withCurrentStart(employee.department), localTime);
        },
      },
    };
  },
};

/** The same subgraph beside a Portico with `SUBGRAPH_SCOPES=on`: a field that requires another one repeats its scopes. */
export const withScopes = ({ sdl, ...subgraph }: Subgraph): Subgraph => ({
  ...subgraph,
  sdl: sdl
    .replace(`"@requires"`, `"@requires", "@requiresScopes"`)
    .replace(`@requires(fields: "name")`, `$& @requiresScopes(scopes: [["users:read"]])`),
});
