import type { Subscription } from "../../../events/hub/hub.ts";
import type { Sink } from "../../../events/hub/subscription-spec.ts";
import { type CompletionError, stoppingError } from "../stopping.ts";
import { checkMessage, completeMessage, nextMessage } from "./callback-message.ts";
import type { CallbackSender, DeliveryResult } from "./callback-sender.ts";
import type { SubscriptionRequest } from "./subscription-request.ts";

/** What one subscription of a router needs. */
export interface CallbackSubscriberOptions {
  readonly request: SubscriptionRequest;
  readonly send: CallbackSender;
  /** Bytes that may wait for a router that does not keep up. */
  readonly maxBufferedBytes: number;
  /** Milliseconds between two heartbeats; 0: none. */
  readonly heartbeatMs: number;
  /** Called once, with the delivery that ended the subscription if the router did. */
  readonly onEnd: (result: DeliveryResult | null) => void;
}

const INTERRUPTED: CompletionError = {
  message: "This server cannot continue the subscription; subscribe again.",
  extensions: { code: "SUBSCRIPTION_INTERRUPTED" },
};

/**
 * One subscription of a router. Messages are queued until `start`, then sent one by one, with heartbeats beside them. Once it is
 * closing, the queue ends with the message that says why, and nothing is added. Once it has ended, nothing more is sent.
 */
export class CallbackSubscriber {
  readonly sink: Sink;
  readonly ended: Promise<void>;
  readonly #options: CallbackSubscriberOptions;
  readonly #ending = Promise.withResolvers<void>();
  /** Aborted when it has ended. */
  readonly #abort = new AbortController();
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #started = false;
  #closing = false;
  /** Whether the first message of the queue is being sent. */
  #sending = false;
  /** Whether a heartbeat is being sent. */
  #checking = false;
  #subscription: Subscription | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  /** What waits for room in the queue. */
  #draining: PromiseWithResolvers<boolean> | undefined;

  constructor(options: CallbackSubscriberOptions) {
    this.#options = options;
    this.ended = this.#ending.promise;
    this.sink = {
      send: ({ events }) => {
        let taken = 0;
        for (const { json } of events) {
          if (!this.#accepts() || !this.#hasRoom()) break;
          this.#enqueue(nextMessage(options.request, json));
          taken += 1;
        }
        return taken;
      },
      drained: () => this.#drained(),
      // The protocol has no message for a cursor.
      checkpoint: () => {},
      complete: () => this.#close(null),
      fail: () => this.#close(INTERRUPTED),
    };
  }

  /** Bytes that wait for the router. */
  get waiting(): number {
    return this.#queuedBytes;
  }

  /** Connects it to the subscription that feeds its sink. */
  attach(subscription: Subscription): void {
    this.#subscription = subscription;
    if (!this.#accepts()) subscription.end();
  }

  start(): void {
    const { heartbeatMs } = this.#options;
    this.#started = true;
    if (heartbeatMs > 0 && !this.#hasEnded()) {
      this.#heartbeatTimer = setInterval(() => void this.#sendHeartbeat(), heartbeatMs);
    }
    this.#sendQueued();
  }

  /** Sends what is queued, then that the server stops, and the cursor to continue from. */
  finish(): void {
    this.#close(stoppingError(this.#subscription?.cursor() ?? null));
  }

  /** Drops what is queued, then sends the error. */
  cut(error: CompletionError): void {
    if (this.#closing) return this.end();
    // The first message may be in progress.
    this.#queue.splice(this.#sending ? 1 : 0);
    this.#queuedBytes = this.#queue.reduce((sum, body) => sum + body.length, 0);
    this.#close(error);
  }

  /** Sends nothing more, and aborts what is in progress. */
  end(): void {
    this.#endWith(null);
  }

  #hasEnded(): boolean {
    return this.#abort.signal.aborted;
  }

  #accepts(): boolean {
    return !this.#closing && !this.#hasEnded();
  }

  #hasRoom(): boolean {
    return this.#queuedBytes < this.#options.maxBufferedBytes;
  }

  #drained(): Promise<boolean> {
    if (!this.#accepts()) return Promise.resolve(false);
    if (this.#draining === undefined && this.#hasRoom()) return Promise.resolve(true);
    this.#draining ??= Promise.withResolvers<boolean>();
    return this.#draining.promise;
  }

  #settleDrained(hasRoom: boolean): void {
    this.#draining?.resolve(hasRoom);
    this.#draining = undefined;
  }

  #enqueue(body: Buffer): void {
    this.#queue.push(body);
    this.#queuedBytes += body.length;
    this.#sendQueued();
  }

  #sendQueued(): void {
    if (!this.#started || this.#sending || this.#hasEnded()) return;
    this.#sending = true;
    void this.#runQueue();
  }

  async #runQueue(): Promise<void> {
    for (let [body] = this.#queue; body !== undefined; [body] = this.#queue) {
      const result = await this.#post(body);
      if (this.#hasEnded()) return;
      if (result.kind !== "accepted") return this.#fail(result);
      this.#queue.shift();
      this.#queuedBytes -= body.length;
    }
    this.#sending = false;
    if (this.#closing) return this.#endWith(null);
    this.#settleDrained(true);
  }

  async #sendHeartbeat(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    const result = await this.#post(checkMessage(this.#options.request));
    this.#checking = false;
    if (result.kind !== "accepted" && !this.#hasEnded()) await this.#fail(result);
  }

  #post(body: Buffer, singleAttempt = false): Promise<DeliveryResult> {
    const { send, request } = this.#options;
    return send({ url: request.url, body, signal: this.#abort.signal, singleAttempt });
  }

  #close(error: CompletionError | null): void {
    if (!this.#accepts()) return;
    this.#closing = true;
    this.#subscription?.end();
    this.#settleDrained(false);
    this.#enqueue(completeMessage(this.#options.request, error));
  }

  /** A router that was unreachable for a while may be reachable again; without this message it would wait for a heartbeat. */
  async #fail(result: DeliveryResult): Promise<void> {
    if (result.kind === "failed" && !this.#hasEnded()) {
      await this.#post(completeMessage(this.#options.request, INTERRUPTED), true);
    }
    this.#endWith(result);
  }

  #endWith(result: DeliveryResult | null): void {
    if (this.#hasEnded()) return;
    this.#abort.abort();
    clearInterval(this.#heartbeatTimer);
    this.#subscription?.end();
    this.#settleDrained(false);
    this.#options.onEnd(result);
    this.#ending.resolve();
  }
}
