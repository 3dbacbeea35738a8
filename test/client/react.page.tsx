import { createRoot } from "react-dom/client";
import { Punches } from "../../examples/clients/react.tsx";
import { createClient } from "../../src/client/index.ts";
import { useCommand } from "../../src/client/adapters/react.ts";

const client = createClient({ url: new URLSearchParams(location.search).get("url") ?? "" });

const OPEN = `mutation ($input: OpenDoorInput!) {
  openDoor(input: $input) { command { id status } userErrors { code } }
}`;

const Door = () => {
  const { send, request, isBusy } = useCommand<unknown, object>(client, OPEN);
  const states = [request?.status, ...(request?.commands.map(({ status }) => status) ?? [])];
  // Two clicks of one visitor are one command.
  const twice = () => {
    void send({ serialNumber: "SN7A2300583" });
    void send({ serialNumber: "SN7A2300583" });
  };
  return (
    <button type="button" aria-busy={isBusy} onClick={twice}>
      {states.join(" ")}
    </button>
  );
};

createRoot(document.getElementById("root") ?? document.body).render(
  <>
    <Punches client={client} />
    <Door />
  </>,
);
