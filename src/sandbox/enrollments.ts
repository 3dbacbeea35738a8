import type { DeviceRefusal } from "./handler.ts";
import type { SimCredential, SimDevice, SimEnrollment, SimUser, World } from "./state.ts";

/** Whether the gateway knows the employee from a user record or from a punch. */
export const isKnownEmployee = ({ users, punches }: World, EmployeeCode: string): boolean =>
  users.has(EmployeeCode) || punches.some((punch) => punch.EmployeeCode === EmployeeCode);

/** Whether the user is not on the device yet because an AddUser is still queued. */
export const isPendingAdd = ({ syncStatus, lastSync }: SimEnrollment): boolean =>
  syncStatus === "Pending" && lastSync === null;

/** The user as stored on the device; undefined if the device does not hold it. */
export const userOnDevice = (device: SimDevice, EmployeeCode: string): SimUser | undefined => {
  const enrollment = device.users.get(EmployeeCode);
  return enrollment === undefined || isPendingAdd(enrollment) ? undefined : enrollment.user;
};

/** The devices that hold the user or have a queued command that adds it. */
export const devicesWith = ({ devices }: World, EmployeeCode: string): SimDevice[] =>
  [...devices.values()].filter(({ users }) => users.has(EmployeeCode));

/** Merges credentials by `Type` and `Index`; added ones replace stored ones. */
export const mergeCredentials = (
  stored: readonly SimCredential[],
  added: readonly SimCredential[],
): SimCredential[] => {
  const key = ({ Type, Index }: SimCredential) => `${Type} ${Index}`;
  return [...new Map([...stored, ...added].map((credential) => [key(credential), credential])).values()];
};

const PHOTO_TYPES: ReadonlySet<string> = new Set(["UserPhoto", "TemplatePhoto"]);

/** Whether the device can hold a credential of this type. */
export const supportsCredential = ({ capabilities }: SimDevice, Type: string): boolean =>
  PHOTO_TYPES.has(Type) || capabilities[Type] === true;

/** The part of a user that the device can hold. */
export const limitToDevice = (user: SimUser, device: SimDevice): SimUser => ({
  ...user,
  UserType: user.UserType === "Operator" && device.capabilities["Operator"] !== true ? "User" : user.UserType,
  credentials: user.credentials.filter(({ Type }) => supportsCredential(device, Type)),
});

const refused = (status: DeviceRefusal["status"], reason: string): DeviceRefusal => ({
  kind: "refused",
  status,
  reason,
});

export const NOT_ON_DEVICE = refused("rejectedByDevice", "The user is not on this device.");

const unsupported = (device: SimDevice, user: SimUser): DeviceRefusal | undefined => {
  if (device.capabilities["NumericUserIDOnly"] === true && !/^\d{1,8}$/.test(user.EmployeeCode)) {
    return refused("notSupportedByDevice", "The terminal takes employee codes of up to 8 digits only.");
  }
  if (user.UserType === "Operator" && device.capabilities["Operator"] !== true) {
    return refused("notSupportedByDevice", "The terminal does not know the user type Operator.");
  }
  const unreadable = user.credentials.find(({ Type }) => !supportsCredential(device, Type));
  if (unreadable === undefined) return undefined;
  return refused("notSupportedByDevice", `The terminal has no reader for ${unreadable.Type}.`);
};

const CAPACITIES = { Fingerprint: "Fingerprints", Face: "Faces", Card: "Cards", Password: "Passwords" } as const;

const countCredentials = (user: SimUser, type: string): number =>
  user.credentials.filter(({ Type }) => Type === type).length;

const exceedsCapacity = (device: SimDevice, user: SimUser): DeviceRefusal | undefined => {
  const others = [...device.users.values()].filter(
    (each) => each.user.EmployeeCode !== user.EmployeeCode && !isPendingAdd(each),
  );
  const isNew = userOnDevice(device, user.EmployeeCode) === undefined;
  if (isNew && others.length >= device.capacity.Users) {
    return refused("capacityExceeded", `The terminal is full: it holds ${device.capacity.Users} users.`);
  }
  for (const [type, name] of Object.entries(CAPACITIES) as [keyof typeof CAPACITIES, keyof SimDevice["capacity"]][]) {
    const before = countCredentials(userOnDevice(device, user.EmployeeCode) ?? { ...user, credentials: [] }, type);
    if (countCredentials(user, type) <= before) continue;
    const stored = others.reduce((sum, each) => sum + countCredentials(each.user, type), countCredentials(user, type));
    if (stored > device.capacity[name]) {
      return refused("capacityExceeded", `The terminal is full: it holds ${device.capacity[name]} ${name}.`);
    }
  }
  return undefined;
};

/** Stores a user on a device. Returns why the device refuses it, or undefined on success. */
export const storeUser = (device: SimDevice, user: SimUser, now: number): DeviceRefusal | undefined => {
  const refusal = unsupported(device, user) ?? exceedsCapacity(device, user);
  if (refusal !== undefined) return refusal;
  const pendingCommandId = device.users.get(user.EmployeeCode)?.pendingCommandId ?? null;
  const syncStatus = pendingCommandId === null ? "Synced" : "Pending";
  device.users.set(user.EmployeeCode, { user, syncStatus, lastSync: now, pendingCommandId });
  return undefined;
};

/** Deletes the record of a user that no device holds and no queued command adds. */
export const deleteIfUnused = (world: World, EmployeeCode: string): void => {
  if (devicesWith(world, EmployeeCode).length === 0) world.users.delete(EmployeeCode);
};
