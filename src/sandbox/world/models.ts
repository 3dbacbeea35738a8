/** The capabilities of terminals, as the contract names them. */
export const FEATURES = [
  "Fingerprint",
  "Face",
  "Palm",
  "Card",
  "Password",
  "Photo",
  "Operator",
  "Door",
  "DoorSensor",
  "Schedule",
  "NumericUserIDOnly",
  "RemoteCapture",
] as const;
export type Feature = (typeof FEATURES)[number];

/** A terminal model. */
export interface Model {
  readonly name: string;
  readonly firmware: string;
  readonly users: number;
  readonly features: readonly Feature[];
}

export const SLIM_BEAST: Model = {
  name: "SlimBeast (i33)",
  firmware: "Ver 6.60-20230911",
  users: 1000,
  features: ["Fingerprint", "Card", "Password"],
};
export const MACRONIUM: Model = {
  name: "Macronium (i35)",
  firmware: "Ver 8.0.4.3-20240516",
  users: 3000,
  features: ["Fingerprint", "Card", "Password", "Photo", "Schedule"],
};
export const MULTI_FACE: Model = {
  name: "Ultron MultiFace (f34)",
  firmware: "Ver 8.1.0.7-20250203",
  users: 3000,
  features: ["Face", "Card", "Password", "Photo", "Schedule"],
};
export const HAWKING: Model = {
  name: "Hawking Plus (f38+)",
  firmware: "Ver 8.2.1.0-20250630",
  users: 5000,
  features: ["Fingerprint", "Face", "Card", "Password", "Photo", "Schedule"],
};
