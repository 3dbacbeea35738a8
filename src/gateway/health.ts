import { isInt32 } from "../contract/values.ts";
import { parseWholeNumber } from "./resilience/rate/observation.ts";
import type { HttpHeaders } from "./transport.ts";

/** The state of the gateway, as its last answers showed it. */
export interface GatewayHealth {
  /** False while calls fail at once, to spare the gateway. */
  readonly available: boolean;
  /** Calls left before the gateway answers 429, as it last reported; null: not known. */
  readonly rateLimitRemaining: number | null;
  /** How the last request ended; UPSTREAM_UNAVAILABLE while the gateway is not available. */
  readonly last: "untried" | "answered" | "UPSTREAM_UNAVAILABLE" | "UPSTREAM_UNAUTHENTICATED";
}

export interface HealthObserver {
  /** Records how a request ended; the status is null if there was no answer. */
  readonly observe: (status: number | null, headers: HttpHeaders) => void;
  readonly health: () => GatewayHealth;
}

/** Remembers how requests ended; `isUnavailable` returns whether the breaker fails calls at once. */
export const createHealthObserver = (isUnavailable: () => boolean): HealthObserver => {
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
    health() {
      const available = !isUnavailable();
      return { available, rateLimitRemaining, last: available ? last : "UPSTREAM_UNAVAILABLE" };
    },
  };
};
