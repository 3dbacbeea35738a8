import type { Outcome } from "./handler.ts";
import type { SimCredential, SimDevice, SimEnrollment, SimUser, World } from "./state.ts";

type Refused = Extract<Outcome, { kind: "refused" }>;

/** Whether the gateway knows the employee at all: by a user record or by a punch. */
export const isKnown = ({ users, punches }: World, EmployeeCode: string): boolean =>
  users.has(EmployeeCode) || punches.some((punch) => punch.EmployeeCode === EmployeeCode);

/** Not on the device yet: an AddUser is on its way. */
export const isAwaited = ({ syncStatus, lastSync }: SimEnrollment): boolean =>
  syncStatus === "Pending" && lastSync === null;

/** The user as on the device; undefined when the device does not hold it. */
export const onDevice = (device: SimDevice, EmployeeCode: string): SimUser | undefined => {
  const enrollment = device.users.get(EmployeeCode);
  return enrollment === undefined || isAwaited(enrollment) ? undefined : enrollment.user;
};

/** Devices that have the user, or have it coming. */
export const devicesWith = ({ devices }: World, EmployeeCode: string): SimDevice[] =>
  [...devices.values()].filter(({ users }) => users.has(EmployeeCode));

/** These credentials with those put over them; `Type` and `Index` identify one. */
export const mergeCredentials = (
  stored: readonly SimCredential[],
  added: readonly SimCredential[],
): SimCredential[] => {
  const key = ({ Type, Index }: SimCredential) => `${Type} ${Index}`;
  return [...new Map([...stored, ...added].map((credential) => [key(credential), credential])).values()];
};

const PHOTOS: ReadonlySet<string> = new Set(["UserPhoto", "TemplatePhoto"]);

/** Whether the device can hold such a credential. */
export const takes = ({ capabilities }: SimDevice, Type: string): boolean =>
  PHOTOS.has(Type) || capabilities[Type] === true;

/** What of a user the device can hold. */
export const asOnDevice = (user: SimUser, device: SimDevice): SimUser => ({
  ...user,
  UserType: user.UserType === "Operator" && device.capabilities["Operator"] !== true ? "User" : user.UserType,
  credentials: user.credentials.filter(({ Type }) => takes(device, Type)),
});

const refused = (status: Refused["status"], reason: string): Refused => ({ kind: "refused", status, reason });

export const NOT_ON_DEVICE = refused("rejectedByDevice", "The user is not on this device.");

const unsupported = (device: SimDevice, user: SimUser): Refused | undefined => {
  if (device.capabilities["NumericUserIDOnly"] === true && !/^\d{1,8}$/.test(user.EmployeeCode)) {
    return refused("notSupportedByDevice", "The terminal takes employee codes of up to 8 digits only.");
  }
  if (user.UserType === "Operator" && device.capabilities["Operator"] !== true) {
    return refused("notSupportedByDevice", "The terminal does not know the user type Operator.");
  }
  const strange = user.credentials.find(({ Type }) => !takes(device, Type));
  if (strange === undefined) return undefined;
  return refused("notSupportedByDevice", `The terminal has no reader for ${strange.Type}.`);
};

const CAPACITIES = { Fingerprint: "Fingerprints", Face: "Faces", Card: "Cards", Password: "Passwords" } as const;

const count = (user: SimUser, type: string): number => user.credentials.filter(({ Type }) => Type === type).length;

const overfull = (device: SimDevice, user: SimUser): Refused | undefined => {
  const others = [...device.users.values()].filter(
    (each) => each.user.EmployeeCode !== user.EmployeeCode && !isAwaited(each),
  );
  const isNew = onDevice(device, user.EmployeeCode) === undefined;
  if (isNew && others.length >= device.capacity.Users) {
    return refused("capacityExceeded", `The terminal is full: it holds ${device.capacity.Users} users.`);
  }
  for (const [type, name] of Object.entries(CAPACITIES) as [keyof typeof CAPACITIES, keyof SimDevice["capacity"]][]) {
    const before = count(onDevice(device, user.EmployeeCode) ?? { ...user, credentials: [] }, type);
    if (count(user, type) <= before) continue;
    const stored = others.reduce((sum, each) => sum + count(each.user, type), count(user, type));
    if (stored > device.capacity[name]) {
      return refused("capacityExceeded", `The terminal is full: it holds ${device.capacity[name]} ${name}.`);
    }
  }
  return undefined;
};

/** Puts a user on a device as given, or tells why the device refuses. */
export const store = (device: SimDevice, user: SimUser, now: number): Refused | undefined => {
  const refusal = unsupported(device, user) ?? overfull(device, user);
  if (refusal !== undefined) return refusal;
  const pendingCommandId = device.users.get(user.EmployeeCode)?.pendingCommandId ?? null;
  const syncStatus = pendingCommandId === null ? "Synced" : "Pending";
  device.users.set(user.EmployeeCode, { user, syncStatus, lastSync: now, pendingCommandId });
  return undefined;
};

/** Forgets a user whom no device has any more, nor has coming. */
export const forgetIfGone = (world: World, EmployeeCode: string): void => {
  if (devicesWith(world, EmployeeCode).length === 0) world.users.delete(EmployeeCode);
};
