import { InFlight } from "../../runtime/in-flight.ts";

/** One piece of work for all callers that ask for the same while it is in flight. */
export interface Flights<Key extends object, Value> {
  /**
   * Joins the flight of a key and a variant, or starts one. The work gets a signal of its own, which is aborted when all callers
   * have gone. Rejects with the reason of the caller's signal as soon as that is aborted. Work that is done at once is no flight.
   */
  readonly join: (
    key: Key,
    variant: () => string,
    caller: { readonly signal: AbortSignal },
    start: (signal: () => AbortSignal) => Value | Promise<Value>,
  ) => Value | Promise<Value>;
}

interface Flight<Value> {
  readonly value: Promise<Value>;
  readonly leave: () => void;
  callers: number;
}

/** Creates flights, none of which has started. A key is not kept alive. */
export const createFlights = <Key extends object, Value>(): Flights<Key, Value> => {
  const flightsByKey = new WeakMap<Key, InFlight<Flight<Value>>>();

  const createFlight = (
    flights: InFlight<Flight<Value>>,
    variant: string,
    work: Promise<Value>,
    controller: AbortController,
  ): Flight<Value> => {
    const flight: Flight<Value> = {
      value: work.finally(() => end()),
      leave() {
        flight.callers -= 1;
        if (flight.callers > 0) return;
        end();
        controller.abort();
      },
      callers: 0,
    };
    const end = flights.add(variant, flight);
    return flight;
  };

  return {
    join(key, variantOf, caller, start) {
      let flights = flightsByKey.get(key);
      let variant = flights === undefined || flights.isEmpty ? undefined : variantOf();
      let flight = variant === undefined ? undefined : flights?.get(variant);
      if (flight === undefined) {
        const controller = new AbortController();
        const work = start(() => controller.signal);
        if (!(work instanceof Promise)) return work;
        flights ??= new InFlight();
        flightsByKey.set(key, flights);
        variant ??= variantOf();
        flight = createFlight(flights, variant, work, controller);
      }
      const joined = flight;
      const { signal } = caller;
      joined.callers += 1;
      return new Promise<Value>((resolve, reject) => {
        const leave = () => {
          reject(signal.reason as Error);
          joined.leave();
        };
        // The listener stays as long as the signal, which is that of one operation: an ended flight has nothing to abort.
        signal.addEventListener("abort", leave, { once: true });
        joined.value.then(resolve, reject);
      });
    },
  };
};
