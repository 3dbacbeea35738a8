import { isInt32 } from "../contract/codec.ts";
import { parseWholeNumber } from "./resilience/rate/observation.ts";
import type { HttpHeaders } from "./transport.ts";

/** How the last answers of the gateway looked. */
export interface GatewayHealth {
  /** False while calls fail at once, to spare it. */
  readonly available: boolean;
  /** Calls left before it answers 429, as it last said. */
  readonly rateLimitRemaining: number | null;
  /** How the last request ended; UPSTREAM_UNAVAILABLE while it is not available. */
  readonly last: "untried" | "answered" | "UPSTREAM_UNAVAILABLE" | "UPSTREAM_UNAUTHENTICATED";
}

export interface HealthObserver {
  /** Tells how a request ended; null: without an answer. */
  readonly observe: (status: number | null, headers: HttpHeaders) => void;
  readonly condition: () => GatewayHealth;
}

/** Remembers how requests ended; `isOpen` tells whether the breaker is. */
export const createHealthObserver = (isOpen: () => boolean): HealthObserver => {
  let rateLimitRemaining: number | null = null;
  let last: GatewayHealth["last"] = "untried";
  return {
    observe(status, headers) {
      const remaining = parseWholeNumber(headers["x-ratelimit-remaining"]);
      if (remaining !== null) rateLimitRemaining = isInt32(remaining) ? remaining : null;
      else if (status === 429) rateLimitRemaining = 0;
      if (status === null || status >= 500) last = "UPSTREAM_UNAVAILABLE";
      else last = status === 401 ? "UPSTREAM_UNAUTHENTICATED" : "answered";
    },
    condition() {
      const available = !isOpen();
      return { available, rateLimitRemaining, last: available ? last : "UPSTREAM_UNAVAILABLE" };
    },
  };
};
