import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { callbackOf, type Callback } from "./bodies.ts";
import { type DeviceLedger, kindOf, type Ledger } from "./ledger.ts";
import { type Patience, withDeadline } from "./patience.ts";
import { type Random, randomFor } from "./random.ts";

export interface PosterOptions {
  readonly seed: number;
  readonly ledger: Ledger;
  /** Where callbacks go, with the secret. */
  readonly url: string;
  readonly token: string;
  /** Events a second of all devices together. What is late is sent later. */
  readonly perSecond: number;
  /** Maximum number of events in one callback. */
  readonly maxRows: number;
  readonly patience: Patience;
}

/** A gateway of its own: devices that send their events one callback after the other, each again until it is acknowledged. */
export interface Poster {
  readonly begin: () => void;
  /** Answers that are neither an acknowledgement nor a request to come again, each with its count. */
  readonly refusals: ReadonlyMap<string, number>;
  /** How many callbacks were repeated. */
  readonly repeated: () => number;
  /**
   * Creates no more events, and a last punch of each device when all others are acknowledged. Resolves when everything is acknowledged,
   * or when `giveUp` says so.
   */
  readonly finish: (giveUp: () => boolean) => Promise<boolean>;
}

const TICK_MS = 10;
const ANSWER_MS = 5_000;
const PAUSE_MS = { first: 50, max: 1_000 } as const;
const DONE = '{"status":"done"}';
/** The last device is quiet: it sends one of a thousand events. */
const QUIET_SHARE = 0.001;

interface Answer {
  readonly status: number;
  readonly text: string;
}

const post = (
  agent: Agent,
  url: string,
  { contentType, body }: Callback,
  signal: AbortSignal,
): Promise<Answer | null> =>
  new Promise((resolve) => {
    const headers = { "content-type": contentType, "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", agent, headers, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", () => resolve(null));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("close", () => resolve(null));
    });
    sent.on("error", () => resolve(null));
    sent.end(body);
  });

export const createPoster = (options: PosterOptions): Poster => {
  const { seed, ledger, url, token, perSecond, maxRows, patience } = options;
  const agent = new Agent({ keepAlive: true });
  const refusals = new Map<string, number>();
  let repeated = 0;
  let startedAt = 0;
  let finishedAt: number | null = null;
  const ending = new AbortController();
  const hasGivenUp = () => ending.signal.aborted;
  const last = ledger.devices.length - 1;

  /** How many events a device has created by now. */
  const dueOf = (index: number): number => {
    const share = index === last ? QUIET_SHARE : (1 - QUIET_SHARE) / last;
    return Math.floor((((finishedAt ?? performance.now()) - startedAt) / 1_000) * perSecond * share);
  };

  const deliver = async (device: DeviceLedger, from: number, to: number, random: Random): Promise<void> => {
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const callback = callbackOf({ serial: device.serial, token }, numbers, random);
    for (let pause: number = PAUSE_MS.first; !hasGivenUp(); pause = Math.min(pause * 2, PAUSE_MS.max)) {
      ledger.attempt(device, from, to);
      const answer = await withDeadline(patience.stretch(ANSWER_MS), null, (signal) =>
        post(agent, url, callback, signal),
      );
      if (answer?.status === 200 && answer.text === DONE) return ledger.acknowledge(device, from, to);
      repeated += 1;
      if (answer !== null && answer.status !== 503) {
        const refusal = `${answer.status} ${answer.text}`;
        refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      }
      await delay(pause * (0.5 + random() / 2));
    }
  };

  const run = async (device: DeviceLedger, index: number): Promise<void> => {
    const random = randomFor(seed, `device ${index}`);
    for (let next = 1; !hasGivenUp(); ) {
      const waiting = dueOf(index) - next + 1;
      if (waiting < 1) {
        if (finishedAt !== null) return;
        await delay(TICK_MS);
        continue;
      }
      const to = next + Math.min(waiting, 1 + Math.floor(random() * maxRows)) - 1;
      await deliver(device, next, to, random);
      next = to + 1;
    }
  };

  const deliverLast = (device: DeviceLedger, index: number): Promise<void> => {
    const from = device.acknowledgedAt.length;
    let to = from;
    while (kindOf(to) !== "punch") to += 1;
    return deliver(device, from, to, randomFor(seed, `last of ${index}`));
  };

  let runs: Promise<unknown> = Promise.resolve();
  return {
    refusals,
    repeated: () => repeated,
    begin() {
      startedAt = performance.now();
      runs = Promise.all(ledger.devices.map((device, index) => run(device, index)));
    },
    async finish(giveUp) {
      finishedAt = performance.now();
      const all = runs.then(() => Promise.all(ledger.devices.map(deliverLast)));
      const done = all.then(() => true);
      let isDone = false;
      while (!isDone && !giveUp()) isDone = await Promise.race([done, delay(TICK_MS, false)]);
      ending.abort();
      await all;
      agent.destroy();
      return isDone;
    },
  };
};
