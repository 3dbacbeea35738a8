import type { Priority } from "../../../contract/operation.ts";
import { dropOldest } from "../../../runtime/drop-oldest.ts";
import { GatewayError } from "../../errors.ts";
import type { Attempt, Layer } from "../chain.ts";
import { breakerOpen } from "../errors.ts";
import { createSlidingWindow } from "./sliding-window.ts";
import { createStallDetector } from "./stall-detector.ts";

export interface BreakerOptions {
  readonly windowMs: number;
  /** Fewer calls in the window than this prove nothing. */
  readonly minCalls: number;
  /** Failures among the calls of the window, from 0 to 1, that open the circuit of the gateway. */
  readonly failureRatio: number;
  /** Failures that last for a shorter time than this are left to retries. */
  readonly minOutageMs: number;
  /** Consecutive failures that open the circuit of one device. */
  readonly maxConsecutiveFailures: number;
  /** How often a probe is let through while a circuit is open. */
  readonly probeIntervalMs: number;
  /** A call that was given less time than this, and did not end in it, proves nothing. */
  readonly minAttemptMs: number;
  readonly now: () => number;
}

/** The circuits of the gateway and of its devices. */
export interface Breaker {
  /** Rejects calls at once that would be rejected after they have waited. */
  readonly failFast: Layer;
  /** Observes how requests end, and rejects them while the gateway or their device does not answer; innermost layer. */
  readonly track: Layer;
  /** Whether an attempt passes at once and is no probe: its circuits are closed, and the gateway does not stall. */
  readonly isClosedFor: (attempt: Attempt) => boolean;
  /** Records that a request is sent; call the result with the error it ends with, or with undefined if it was answered. */
  readonly begin: (attempt: Attempt) => (error: unknown) => void;
  /** Whether the circuit of the gateway is open. */
  readonly isOpen: () => boolean;
  /** Whether calls fail at once: all of them, or all that were made recently. */
  readonly isUnavailable: () => boolean;
  /** The number of devices whose circuit is open. */
  readonly openDevices: () => number;
  /** Adds a listener that is called when the circuit of the gateway opens. */
  readonly onOpen: (listener: () => void) => void;
}

/** Consecutive failures of one device that count against the gateway: one broken device does not cut off the others. */
const MAX_FAILURES_PER_DEVICE = 2;
/** Devices that are remembered; callers may name any. */
const MAX_DEVICES = 10_000;
const MIN_STALL_MS = 750;

interface Device {
  readonly circuit: Circuit;
  failures: number;
}

/**
 * Fails fast during an outage: one circuit for the gateway, and one for each device that does not answer. Any answer of the
 * gateway, also a refusal, is a success. An answered probe closes a circuit.
 */
export const createBreaker = (options: BreakerOptions): Breaker => {
  const { windowMs, minCalls, failureRatio, minOutageMs, maxConsecutiveFailures, minAttemptMs, now } = options;
  const gateway = createCircuit(options);
  const slidingWindow = createSlidingWindow({ windowMs, minCalls, failureRatio, minOutageMs, now });
  const stallDetector = createStallDetector({
    minRequests: minCalls,
    maxPerDevice: MAX_FAILURES_PER_DEVICE,
    minStallMs: MIN_STALL_MS,
    now,
  });
  const devices = new Map<string, Device>();
  const listeners: (() => void)[] = [];
  /** Counts how often the circuit of the gateway opened or closed. What began before says nothing about the time since. */
  let generation = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;

  const circuitsOf = ({ request: { device } }: Attempt): readonly Circuit[] => {
    const known = device === null ? undefined : devices.get(device);
    return known === undefined ? [gateway] : [gateway, known.circuit];
  };

  const rejectIfOpen = (attempt: Attempt, circuits: readonly Circuit[]) => {
    if (!circuits.every((circuit) => circuit.allows(attempt.priority))) throw breakerOpen(attempt);
  };

  const onAnswered = ({ request: { device } }: Attempt, isGatewayProbe: boolean) => {
    answeredAt = now();
    if (device !== null) devices.delete(device);
    if (isGatewayProbe && gateway.isOpen()) {
      generation += 1;
      gateway.close();
      slidingWindow.clear();
    }
    slidingWindow.count(true);
  };

  const onFailed = ({ request: { device } }: Attempt, begunIn: number) => {
    if (device !== null && countFailure(device) > MAX_FAILURES_PER_DEVICE) return;
    if (begunIn !== generation) return;
    slidingWindow.count(false);
    if (slidingWindow.isFailing()) open();
  };

  /** Returns the consecutive failures of the device. */
  const countFailure = (device: string): number => {
    const known = devices.get(device) ?? { circuit: createCircuit(options), failures: 0 };
    devices.set(device, known);
    dropOldest(devices, MAX_DEVICES);
    known.failures += 1;
    if (known.failures >= maxConsecutiveFailures && !known.circuit.isOpen()) known.circuit.open();
    return known.failures;
  };

  const open = () => {
    if (gateway.isOpen()) return;
    generation += 1;
    gateway.open();
    for (const listener of listeners) listener();
  };

  const failFast: Layer = (next) => async (attempt) => {
    if (stallDetector.isStalled()) open();
    rejectIfOpen(attempt, circuitsOf(attempt));
    return next(attempt);
  };

  const track: Layer = (next) => async (attempt) => {
    rejectIfOpen(attempt, circuitsOf(attempt));
    const end = begin(attempt);
    try {
      const answer = await next(attempt);
      end(undefined);
      return answer;
    } catch (error) {
      end(error);
      throw error;
    }
  };

  const begin: Breaker["begin"] = (attempt) => {
    const probed = circuitsOf(attempt).filter((circuit) => circuit.isOpen());
    for (const circuit of probed) circuit.countProbe(attempt.priority);
    const end = stallDetector.begin(attempt);
    const begunAt = now();
    const begunIn = generation;
    return (error) => {
      const verdict = error === undefined ? "answered" : verdictOf(error, now() - begunAt >= minAttemptMs);
      end(verdict === "answered");
      if (verdict === "answered") onAnswered(attempt, probed.includes(gateway));
      if (verdict === "failed") onFailed(attempt, begunIn);
    };
  };

  const isClosedFor: Breaker["isClosedFor"] = ({ request: { device } }) =>
    !gateway.isOpen() &&
    (device === null || devices.get(device)?.circuit.isOpen() !== true) &&
    !stallDetector.isStalled();

  /** Whether the circuit of the device is open, and nothing was answered since it opened. */
  const isSilent = ({ circuit }: Device) => circuit.isOpen() && circuit.openedAt() >= answeredAt;

  return {
    failFast,
    track,
    isClosedFor,
    begin,
    isOpen: gateway.isOpen,
    isUnavailable: () => gateway.isOpen() || [...devices.values()].some(isSilent),
    openDevices: () => [...devices.values()].reduce((sum, { circuit }) => sum + (circuit.isOpen() ? 1 : 0), 0),
    onOpen: (listener) => void listeners.push(listener),
  };
};

type Verdict = "answered" | "failed" | null;

/** A body that cannot be read, and a call that was cancelled, prove nothing. */
const verdictOf = (error: unknown, hadEnoughTime: boolean): Verdict => {
  if (!(error instanceof GatewayError) || error.facts.unsent === true) return null;
  const { code, facts } = error;
  if (code === "UPSTREAM_INVALID_RESPONSE" || facts.fault === "aborted") return null;
  if (code !== "UPSTREAM_UNAVAILABLE") return "answered";
  return facts.fault === "timeout" && !hadEnoughTime ? null : "failed";
};

/** Closed: calls pass. Open: only probes pass, one per interval. A command for a door waits only for probes of doors. */
interface Circuit {
  readonly isOpen: () => boolean;
  readonly openedAt: () => number;
  readonly open: () => void;
  readonly close: () => void;
  /** Whether a call passes now. */
  readonly allows: (priority: Priority) => boolean;
  /** Counts a call that passes while the circuit is open. */
  readonly countProbe: (priority: Priority) => void;
}

const createCircuit = ({ probeIntervalMs, now }: Pick<BreakerOptions, "probeIntervalMs" | "now">): Circuit => {
  let openedAt: number | null = null;
  let probedAt = 0;
  let doorProbedAt = Number.NEGATIVE_INFINITY;
  return {
    isOpen: () => openedAt !== null,
    openedAt: () => openedAt ?? Number.NEGATIVE_INFINITY,
    open() {
      openedAt = now();
      probedAt = openedAt;
    },
    close() {
      openedAt = null;
    },
    allows: (priority) =>
      openedAt === null || now() - (priority === "door" ? doorProbedAt : probedAt) >= probeIntervalMs,
    countProbe(priority) {
      probedAt = now();
      if (priority === "door") doorProbedAt = probedAt;
    },
  };
};
