import type { Priority } from "../../../contract/operation.ts";
import { GatewayError } from "../../errors.ts";
import type { HttpHeaders } from "../../transport.ts";
import type { Attempt, Layer } from "../chain.ts";
import { rateLimited } from "../errors.ts";
import { createQueue } from "../queue.ts";
import { createRateObserver, type EndedCall } from "./observation.ts";
import { type BucketState, PRIORITIES, type PriorityCounts, type TokenBucket, waitMsOf } from "./token-bucket.ts";

export interface RateLimiterOptions {
  readonly bucketOf: (token: string) => TokenBucket;
  /** Whether the breaker is open. Then no call waits: hardly any is sent. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
  /** Milliseconds since 1970 UTC. */
  readonly wallClock: () => number;
  readonly random: () => number;
  /** Called with the milliseconds that a call has waited for its token. */
  readonly onWait?: ((milliseconds: number) => void) | undefined;
}

/** Lets calls wait for a token of the gateway's rate limit. */
export interface RateLimiter {
  readonly layer: Layer;
  /**
   * Takes a token for an attempt if it may go at once; call the result with the end of the call. Null: the attempt has to wait, or
   * the bucket has to be asked.
   */
  readonly tryTake: (attempt: Attempt) => ((call: EndedCall) => void) | null;
  /** Checks again which of the waiting calls may go. */
  readonly recheck: () => void;
  /** The number of calls that wait for their token. */
  readonly waiting: () => number;
  /** The tokens left in the emptiest bucket; null while no limit is known. */
  readonly tokens: () => number | null;
}

/** The longest random addition to a wait, so that calls that waited for the same moment do not all go at once. */
const JITTER_MS = 20;
const MAX_TIMER_MS = 60_000;

/**
 * Lets calls go as fast as the gateway accepts them, in the order of their priorities. A call that cannot go within its deadline
 * fails with UPSTREAM_RATE_LIMITED as soon as that is certain, without being sent.
 */
export const createRateLimiter = (options: RateLimiterOptions): RateLimiter => {
  const lines = new Map<string, WaitingLine>();
  const lineOf = (token: string): WaitingLine => {
    let line = lines.get(token);
    if (line === undefined) {
      line = new WaitingLine(options.bucketOf(token), options);
      lines.set(token, line);
    }
    return line;
  };

  const layer: Layer = (next) => async (attempt) => {
    const line = lineOf(attempt.token);
    await line.enter(attempt);
    const answer: { headers: HttpHeaders | null } = { headers: null };
    const onHeaders = (headers: HttpHeaders) => {
      answer.headers = headers;
      attempt.onHeaders?.(headers);
    };
    try {
      const result = await next({ ...attempt, onHeaders });
      line.observe({ ...answer, error: undefined });
      return result;
    } catch (error) {
      if (!(error instanceof GatewayError) || error.facts.unsent !== true) line.observe({ ...answer, error });
      throw error;
    }
  };

  return {
    layer,
    tryTake(attempt) {
      const line = lineOf(attempt.token);
      return line.goesAtOnce(attempt) ? (call) => line.observe(call) : null;
    },
    recheck() {
      for (const line of lines.values()) line.recheck();
    },
    waiting: () => [...lines.values()].reduce((sum, line) => sum + line.size(), 0),
    tokens() {
      const known = [...lines.values()].map((line) => line.tokens()).filter((tokens) => tokens !== null);
      return known.length === 0 ? null : Math.min(...known);
    },
  };
};

const NO_CALLS: PriorityCounts = { door: 0, interactive: 0, bulk: 0 };

/** The bucket as it was when it was last asked. */
interface KnownBucket {
  readonly state: BucketState;
  readonly at: number;
}

/** The calls that wait for tokens of one AuthToken. */
class WaitingLine {
  readonly #bucket: TokenBucket;
  readonly #options: RateLimiterOptions;
  readonly #queues;
  readonly #read;
  #known: KnownBucket | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** `again`: calls came while the bucket was being asked. */
  #asking: "idle" | "asking" | "again" = "idle";

  constructor(bucket: TokenBucket, options: RateLimiterOptions) {
    const { now, wallClock, onWait } = options;
    this.#bucket = bucket;
    this.#options = options;
    this.#queues = {
      door: createQueue(now, onWait),
      interactive: createQueue(now, onWait),
      bulk: createQueue(now, onWait),
    };
    this.#read = createRateObserver(wallClock);
  }

  size(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#queues[priority].size(), 0);
  }

  /** The tokens left now; null while no limit is known. */
  tokens(): number | null {
    if (this.#known === undefined || this.#known.state.source === "unknown") return null;
    const { tokens, capacity, perMs } = this.#known.state;
    return Math.min(capacity, tokens + (this.#options.now() - this.#known.at) * perMs);
  }

  /** Resolves when the call may go; rejects if it cannot go within its deadline. */
  async enter(attempt: Attempt): Promise<void> {
    if (this.#options.isOpen() || this.goesAtOnce(attempt)) return;
    const { priority } = attempt;
    const onLate = () => rateLimited(attempt, this.#known === undefined ? 0 : this.#waitMs(this.#known, priority, 0));
    const turn = this.#queues[priority].wait(attempt, onLate);
    this.#rejectHopeless();
    if (this.#known !== undefined && this.#waitMs(this.#known, priority, 0) > 0) this.#schedule();
    else void this.#ask();
    await turn;
  }

  observe(call: EndedCall): void {
    const observation = this.#read(call);
    this.#bucket.observe(observation);
    if (this.#known?.state.source === "unknown" || observation.retryAfterMs !== null) this.recheck();
  }

  recheck(): void {
    if (this.#options.isOpen()) for (const priority of PRIORITIES) while (this.#queues[priority].release());
    else if (this.#waiting().length > 0) void this.#ask();
  }

  /** Takes a token for the call if nobody waits before it. */
  goesAtOnce({ priority }: Attempt): boolean {
    const bucket = this.#bucket;
    if (!bucket.isLocal || this.#waiting().length > 0) return false;
    const { granted, state } = bucket.take({ ...NO_CALLS, [priority]: 1 });
    this.#known = { state, at: this.#options.now() };
    return granted[priority] === 1;
  }

  #waiting(): readonly Priority[] {
    return PRIORITIES.filter((priority) => this.#queues[priority].size() > 0);
  }

  #waitMs({ state, at }: KnownBucket, priority: Priority, position: number): number {
    return Math.max(0, waitMsOf(state, priority, position) - (this.#options.now() - at));
  }

  /** Rejects the calls that certainly cannot go within their deadline. */
  #rejectHopeless(): void {
    const known = this.#known;
    if (known === undefined || known.state.source === "unknown") return;
    for (const priority of this.#waiting()) {
      this.#queues[priority].reject((attempt, position, latest) => {
        const waitMs = this.#waitMs(known, priority, position);
        return this.#options.now() + waitMs > latest ? rateLimited(attempt, waitMs) : null;
      });
    }
  }

  /** Asks the bucket for tokens for all waiting calls, and lets the granted ones go. */
  async #ask(): Promise<void> {
    if (this.#asking !== "idle") {
      this.#asking = "again";
      return;
    }
    do {
      this.#asking = "asking";
      const { granted, state } = await this.#bucket.take({
        door: this.#queues.door.size(),
        interactive: this.#queues.interactive.size(),
        bulk: this.#queues.bulk.size(),
      });
      this.#known = { state, at: this.#options.now() };
      for (const priority of PRIORITIES) {
        for (let left = granted[priority]; left > 0 && this.#queues[priority].release(); left -= 1);
      }
    } while (this.#hasNewCalls() && this.#waiting().length > 0);
    this.#asking = "idle";
    this.#rejectHopeless();
    this.#schedule();
  }

  #hasNewCalls(): boolean {
    return this.#asking === "again";
  }

  /** Checks again at the moment at which the first of the waiting calls may go. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const known = this.#known;
    const waiting = this.#waiting();
    if (known === undefined || waiting.length === 0) return;
    const soonestMs = Math.min(...waiting.map((priority) => this.#waitMs(known, priority, 0)));
    const delayMs = Math.min(MAX_TIMER_MS, Math.ceil(soonestMs + this.#options.random() * JITTER_MS));
    this.#timer = setTimeout(() => this.recheck(), delayMs);
  }
}
