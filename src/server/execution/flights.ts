/** One piece of work for all callers that ask for the same while it is in flight. */
export interface Flights<Key extends object, Value> {
  /**
   * Joins the flight of a key and a variant, or starts one. The work gets a signal of its own, which is aborted when all callers
   * have gone. Rejects with the reason of the caller's signal as soon as that is aborted.
   */
  readonly join: (
    key: Key,
    variant: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<Value>,
  ) => Promise<Value>;
}

interface Flight<Value> {
  readonly value: Promise<Value>;
  readonly leave: () => void;
  callers: number;
}

export const createFlights = <Key extends object, Value>(): Flights<Key, Value> => {
  const flightsByKey = new WeakMap<Key, Map<string, Flight<Value>>>();

  const startFlight = (
    flights: Map<string, Flight<Value>>,
    variant: string,
    start: (signal: AbortSignal) => Promise<Value>,
  ): Flight<Value> => {
    const controller = new AbortController();
    const end = () => {
      if (flights.get(variant) === flight) flights.delete(variant);
    };
    const flight: Flight<Value> = {
      value: start(controller.signal).finally(end),
      leave() {
        flight.callers -= 1;
        if (flight.callers > 0) return;
        end();
        controller.abort();
      },
      callers: 0,
    };
    flights.set(variant, flight);
    return flight;
  };

  return {
    async join(key, variant, signal, start) {
      const flights = flightsByKey.get(key) ?? new Map<string, Flight<Value>>();
      flightsByKey.set(key, flights);
      const flight = flights.get(variant) ?? startFlight(flights, variant, start);
      flight.callers += 1;
      return new Promise<Value>((resolve, reject) => {
        const leave = () => {
          reject(signal.reason as Error);
          flight.leave();
        };
        signal.addEventListener("abort", leave, { once: true });
        const stay = () => signal.removeEventListener("abort", leave);
        flight.value.then(resolve, reject).finally(stay);
      });
    },
  };
};
