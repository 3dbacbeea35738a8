/** A guarantee and what the proof observed. */
export interface Claim {
  readonly guarantee: string;
  readonly observed: string;
  readonly holds: boolean;
}

/** A set of guarantees that is proved with the real program. */
export interface Proof {
  readonly name: string;
  readonly about: string;
  readonly run: (seed: number) => Promise<readonly Claim[]>;
}

export const claim = (guarantee: string, observed: string, holds: boolean): Claim => ({
  guarantee,
  observed,
  holds,
});

export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export const count = (value: number): string => value.toLocaleString("en");
