import type { CommandSnapshot, PorticoClient } from "portico-graphql/client";
import { useCommand } from "portico-graphql/react";
import { useEffect, useRef } from "react";
import { DOORS, OPEN_DOOR } from "./documents.ts";
import { usePolled } from "./read.ts";
import { sentencesOf } from "./state.tsx";
import { words } from "./words.ts";

const REFRESH_MS = 15_000;

interface DoorsProps {
  readonly portico: PorticoClient;
  readonly canOpen: boolean;
}

/** The doors of all devices. Those of a device that cannot be read now stay, in an unknown state: an outcome is shown in their rows. */
const useDoors = () => {
  const { data, error, refresh } = usePolled(DOORS, REFRESH_MS);
  const devices = data?.devices?.nodes ?? [];
  const known = useRef(new Map<string, NonNullable<(typeof devices)[number]["doors"]>>());
  useEffect(() => {
    for (const { serialNumber, doors } of data?.devices?.nodes ?? [])
      if (doors != null) known.current.set(serialNumber, doors);
  }, [data]);
  const doors = devices.flatMap(({ doors, ...device }) => {
    const last = known.current.get(device.serialNumber) ?? [];
    return (doors ?? last.map((door) => ({ ...door, state: null, lock: null, alarm: null }))).map((door) => ({
      ...door,
      device,
    }));
  });
  // Where the doors are shown, one that cannot be read now is in an unknown state.
  const refused = (error?.graphQLErrors ?? []).filter(
    ({ extensions }) => doors.length === 0 || extensions["code"] === "FORBIDDEN",
  );
  return { doors, refusal: sentencesOf(refused), refresh };
};

/** The doors, each with a button that opens it. Doors have no events: they are read again. */
export const Doors = ({ portico, canOpen }: DoorsProps) => {
  const { doors, refusal, refresh } = useDoors();
  return (
    <section className="doors" aria-labelledby="doors">
      <h2 id="doors">Doors</h2>
      {refusal === "" ? null : <p className="hint">{refusal}</p>}
      <ul hidden={doors.length === 0}>
        {doors.map(({ id, number, name, device, ...door }) => {
          const title = `${name ?? `Door ${number}`}, ${device.name ?? device.serialNumber}`;
          return (
            <li key={id} data-alarm={door.alarm}>
              <strong>{title}</strong>
              <span className="status">
                {words(door.state ?? "UNKNOWN")} · {words(door.lock ?? "UNKNOWN")}
              </span>
              {door.alarm != null && door.alarm !== "NO_ALARM" ? (
                <span className="warning">{words(door.alarm)}</span>
              ) : null}
              {canOpen ? (
                <Open
                  portico={portico}
                  title={title}
                  input={{ serialNumber: device.serialNumber, doorNumber: number }}
                  onDone={refresh}
                />
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
};

interface OpenProps {
  readonly portico: PorticoClient;
  readonly title: string;
  readonly input: { readonly serialNumber: string; readonly doorNumber: number };
  readonly onDone: () => void;
}

/** Opens a door and says what became of it. */
const Open = ({ portico, title, input, onDone }: OpenProps) => {
  const { send, request, isBusy } = useCommand(portico, OPEN_DOOR);
  return (
    <>
      <button
        type="button"
        aria-label={`Open ${title}`}
        aria-disabled={isBusy}
        onClick={() => void send(input).then(onDone)}
      >
        Open
      </button>
      <span className="outcome" role="status" data-outcome={request?.status}>
        {request === null ? "" : outcomeOf(request)}
      </span>
    </>
  );
};

const outcomeOf = ({ status, commands, userErrors, errors }: CommandSnapshot<unknown>): string => {
  if (status === "sending") return "Sending …";
  if (status === "unknown") return "No answer: the door may have opened";
  if (status === "rejected" || status === "failed")
    return [...userErrors, ...errors].map(({ message }) => message).join(" ");
  const [command] = commands;
  const { failureReason } = command ?? {};
  return command === undefined ? "" : `${words(command.status)}${failureReason == null ? "" : `: ${failureReason}`}`;
};
