import { GatewayError } from "../../errors.ts";
import { type Circuit, createCircuit } from "./circuit.ts";
import { gatewayDown } from "../errors.ts";
import type { Attempt, Layer } from "../chain.ts";
import { createStallDetector } from "./stall-detector.ts";
import { createSlidingWindow } from "./sliding-window.ts";

export interface BreakerOptions {
  readonly windowMs: number;
  readonly minimum: number;
  /** Failures among the calls of the window, from 0 to 1, that open it. */
  readonly share: number;
  readonly minOutageMs: number;
  /** So many failures in a row open the circuit of one device. */
  readonly inARow: number;
  readonly probeMs: number;
  /** A call that was given less time than this and did not end in it proves nothing. */
  readonly fairMs: number;
  readonly now: () => number;
}

export interface Breaker {
  /** Refuses at once what would be refused after waiting. */
  readonly guard: Layer;
  /** Watches how requests end and refuses them while the gateway, or their device, does not answer; right around the request. */
  readonly watch: Layer;
  /** Whether calls fail at once: all of them, or all that were made of late. */
  readonly isOpen: () => boolean;
  /** Whether the circuit of the gateway itself is open. */
  readonly isDown: () => boolean;
  /** Called when the gateway's circuit opens. */
  readonly onDown: (listener: () => void) => void;
}

/** So many failures in a row of one device count against the gateway: a sick device alone does not close it to the others. */
const OF_ONE_DEVICE = 2;
/** Devices that are remembered; callers may name any. */
const MOST_DEVICES = 10_000;

interface Device {
  readonly circuit: Circuit;
  failures: number;
}

/**
 * Fails fast while the gateway is out: one circuit for the gateway, one for each device that does not answer. What the gateway
 * answers, be it a refusal, is no failure. Answered probes close.
 */
export const createBreaker = ({ inARow, probeMs, fairMs, now, ...windowOptions }: BreakerOptions): Breaker => {
  const gateway = createCircuit({ probeMs, now });
  const window = createSlidingWindow({ ...windowOptions, now });
  const silence = createStallDetector({
    minimum: windowOptions.minimum,
    ofOneDevice: OF_ONE_DEVICE,
    leastMs: 750,
    now,
  });
  const devices = new Map<string, Device>();
  const listeners: (() => void)[] = [];
  /** What began before the circuit opened or closed says nothing of how it is since. */
  let era = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;

  const circuitsOf = ({ request: { device } }: Attempt): readonly Circuit[] => {
    const known = device === null ? undefined : devices.get(device);
    return known === undefined ? [gateway] : [gateway, known.circuit];
  };

  const answered = ({ request: { device } }: Attempt, isProbe: boolean) => {
    answeredAt = now();
    if (device !== null) devices.delete(device);
    if (isProbe && gateway.isOpen()) {
      era += 1;
      gateway.close();
      window.clear();
    }
    window.count(true);
  };

  const failed = ({ request: { device } }: Attempt, eraOf: number) => {
    if (device !== null) {
      const known = devices.get(device) ?? { circuit: createCircuit({ probeMs, now }), failures: 0 };
      devices.set(device, known);
      for (const oldest of devices.keys()) if (devices.size > MOST_DEVICES) devices.delete(oldest);
      known.failures += 1;
      if (known.failures >= inARow && !known.circuit.isOpen()) known.circuit.open();
      if (known.failures > OF_ONE_DEVICE) return;
    }
    if (eraOf !== era) return;
    window.count(false);
    if (window.isFailing()) open();
  };

  const open = () => {
    if (gateway.isOpen()) return;
    era += 1;
    gateway.open();
    for (const listener of listeners) listener();
  };

  const guard: Layer = (next) => async (attempt) => {
    if (silence.isStalled()) open();
    if (!circuitsOf(attempt).every((circuit) => circuit.passes(attempt.priority))) throw gatewayDown(attempt);
    return next(attempt);
  };

  const watch: Layer = (next) => async (attempt) => {
    const circuits = circuitsOf(attempt);
    if (!circuits.every((circuit) => circuit.passes(attempt.priority))) throw gatewayDown(attempt);
    const probed = circuits.filter((circuit) => circuit.isOpen());
    for (const circuit of probed) circuit.probe(attempt.priority);
    const end = silence.begin(attempt);
    const began = now();
    const begunIn = era;
    let verdict: Verdict = "answered";
    try {
      return await next(attempt);
    } catch (error) {
      verdict = verdictOf(error, now() - began >= fairMs);
      throw error;
    } finally {
      end(verdict === "answered");
      if (verdict === "answered") answered(attempt, probed.includes(gateway));
      if (verdict === "failed") failed(attempt, begunIn);
    }
  };

  const isSilent = ({ circuit }: Device) => circuit.isOpen() && circuit.openedAt() >= answeredAt;

  return {
    guard,
    watch,
    isOpen: () => gateway.isOpen() || [...devices.values()].some(isSilent),
    isDown: gateway.isOpen,
    onDown: (listener) => void listeners.push(listener),
  };
};

type Verdict = "answered" | "failed" | null;

/** A body that cannot be read, and a call that was taken back, say nothing either way. */
const verdictOf = (error: unknown, wasFair: boolean): Verdict => {
  if (!(error instanceof GatewayError) || error.facts.unsent === true) return null;
  const { code, facts } = error;
  if (code === "UPSTREAM_INVALID_RESPONSE" || facts.fault === "aborted") return null;
  if (code !== "UPSTREAM_UNAVAILABLE") return "answered";
  return facts.fault === "timeout" && !wasFair ? null : "failed";
};
