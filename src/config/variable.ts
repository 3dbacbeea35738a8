/** One environment variable. */
export interface Variable {
  readonly name: string;
  /** The value of an absent or empty variable; null if there is none. */
  readonly default: string | null;
  /** Whether the value must never be printed. `Config.secrets` follows from it. */
  readonly secret: boolean;
  /** One sentence, which begins the variable's row in docs/configuration.md. */
  readonly meaning: string;
}
