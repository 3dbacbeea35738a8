import { GatewayError } from "../../errors.ts";
import type { HttpHeaders } from "../../transport.ts";
import { createQueue } from "../queue.ts";
import type { TokenBucket, LocalTokenBucket } from "./bucket.ts";
import { createRateObserver } from "./observation.ts";
import { type PriorityCounts, PRIORITIES, type RateObservation, type BucketState, waitOf } from "./bucket-state.ts";
import { rateLimited } from "../errors.ts";
import { type Attempt, isRead, type Priority, type Layer } from "../chain.ts";

export interface RateLimiterOptions {
  readonly bucketOf: (token: string) => TokenBucket;
  /** While it holds, nobody waits: nothing would be sent anyway. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
  /** Milliseconds since 1970 UTC. */
  readonly wallClock: () => number;
  readonly random: () => number;
}

export interface RateLimiter {
  readonly layer: Layer;
  /** Looks anew at who may go. */
  readonly wake: () => void;
}

/** How long a wait lasts beyond what it must, at most: those who waited for the same moment do not all come at once. */
const JITTER_MS = 20;
const LONGEST_MS = 60_000;
/** What is left of a read's time for the gateway to answer in; a call that has less would be made for nothing. */
const ANSWER_MS = 250;

/**
 * Lets calls go as fast as the gateway takes them, those of the first lanes first. A call that cannot go within its deadline
 * fails with UPSTREAM_RATE_LIMITED as soon as that is clear, without being sent.
 */
export const createRateLimiter = (options: RateLimiterOptions): RateLimiter => {
  const lines = new Map<string, Line>();
  const lineOf = (token: string): Line => {
    const line = lines.get(token) ?? createLine(options.bucketOf(token), options);
    lines.set(token, line);
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
    wake() {
      for (const line of lines.values()) line.wake();
    },
  };
};

const NONE: PriorityCounts = { door: 0, interactive: 0, bulk: 0 };

type Line = ReturnType<typeof createLine>;

/** Those who wait for tokens of one AuthToken. */
const createLine = (bucket: TokenBucket, { isOpen: spared, now, wallClock, random }: RateLimiterOptions) => {
  const queues = { door: createQueue(now), interactive: createQueue(now), bulk: createQueue(now) };
  const read = createRateObserver(wallClock);
  let seen: { readonly level: BucketState; readonly at: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let again = false;

  const counts = (): PriorityCounts => ({
    door: queues.door.size(),
    interactive: queues.interactive.size(),
    bulk: queues.bulk.size(),
  });
  const waiting = (): readonly Priority[] => PRIORITIES.filter((lane) => queues[lane].size() > 0);
  const waitFrom = ({ level, at }: NonNullable<typeof seen>, lane: Priority, place: number): number =>
    Math.max(0, waitOf(level, lane, place) - (now() - at));

  const refuseHopeless = () => {
    const known = seen;
    if (known === undefined || known.level.source === "nothing") return;
    for (const lane of waiting()) {
      queues[lane].refuse((attempt, place, until) => {
        const wait = waitFrom(known, lane, place);
        return now() + wait > until ? rateLimited(attempt, wait) : null;
      });
    }
  };

  const goAtOnce = (local: LocalTokenBucket, { priority: lane }: Attempt): boolean => {
    const { granted, level } = local.take({ ...NONE, [lane]: 1 });
    seen = { level, at: now() };
    return granted[lane] === 1;
  };

  const ask = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    do {
      again = false;
      const { granted, level } = await bucket.take(counts());
      seen = { level, at: now() };
      for (const lane of PRIORITIES) for (let left = granted[lane]; left > 0 && queues[lane].release(); left -= 1);
    } while (again && waiting().length > 0);
    asking = false;
    refuseHopeless();
    plan();
  };

  const plan = () => {
    clearTimeout(timer);
    const known = seen;
    const lanes = waiting();
    if (known === undefined || lanes.length === 0) return;
    const soonest = Math.min(...lanes.map((lane) => waitFrom(known, lane, 0)));
    timer = setTimeout(wake, Math.min(LONGEST_MS, Math.ceil(soonest + random() * JITTER_MS)));
  };

  const wake = () => {
    if (spared()) for (const lane of PRIORITIES) while (queues[lane].release());
    else if (waiting().length > 0) void ask();
  };

  return {
    wake,
    async enter(attempt: Attempt): Promise<void> {
      if (spared() || (bucket.isLocal && waiting().length === 0 && goAtOnce(bucket, attempt))) return;
      const late = () => rateLimited(attempt, seen === undefined ? 0 : waitFrom(seen, attempt.priority, 0));
      const answerMs = isRead(attempt) ? Math.min(ANSWER_MS, (attempt.deadline - now()) / 4) : 0;
      const turn = queues[attempt.priority].wait(attempt, attempt.deadline - answerMs, late);
      refuseHopeless();
      if (seen !== undefined && waitFrom(seen, attempt.priority, 0) > 0) plan();
      else void ask();
      await turn;
    },
    observe(ended: Parameters<typeof read>[0]): void {
      const lesson: RateObservation = read(ended);
      bucket.observe(lesson);
      if (seen?.level.source === "nothing" || lesson.refusedMs !== null) wake();
    },
  };
};
