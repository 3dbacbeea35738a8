/** Something that is promised, and what was seen of it. */
export interface Claim {
  readonly promise: string;
  readonly seen: string;
  readonly isHeld: boolean;
}

/** A promise put to the real program. */
export interface Proof {
  readonly name: string;
  readonly about: string;
  readonly run: (seed: number) => Promise<readonly Claim[]>;
}

export const claim = (promise: string, seen: string, isHeld: boolean): Claim => ({ promise, seen, isHeld });

export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export const count = (value: number): string => value.toLocaleString("en");
