import { RequestError } from "portico-graphql/client";
import { useEffect, useMemo, useState } from "react";
import { Provider } from "urql";
import { createClients } from "./clients.ts";
import { VIEWER } from "./documents.ts";
import type { WallViewerQuery } from "./__generated__/graphql.ts";
import { Login } from "./login.tsx";
import { Wall } from "./wall.tsx";

const STORED = "portico.key";

/** The page: asks for a key if the server does, and shows the wall. */
export const App = () => {
  const [key, setKey] = useState(() => sessionStorage.getItem(STORED));
  const [viewer, setViewer] = useState<WallViewerQuery | null>(null);
  const [needsKey, setNeedsKey] = useState(false);
  const [problem, setProblem] = useState("");
  const clients = useMemo(() => createClients(key), [key]);

  useEffect(() => {
    let isCurrent = true;
    let timer = 0;
    const read = async () => {
      try {
        const { data } = await clients.portico.query(VIEWER);
        if (isCurrent && data != null) setViewer(data);
      } catch (error) {
        if (!isCurrent) return;
        if (error instanceof RequestError && error.reason.kind === "unauthorized") {
          sessionStorage.removeItem(STORED);
          setProblem(key === null ? "" : "This key is not valid, or no longer.");
          setNeedsKey(true);
          return;
        }
        setProblem(error instanceof Error ? error.message : String(error));
        timer = window.setTimeout(() => void read(), 3_000);
      }
    };
    void read();
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [clients, key]);

  const enter = (entered: string) => {
    sessionStorage.setItem(STORED, entered);
    setNeedsKey(false);
    setViewer(null);
    setKey(entered);
  };
  const leave = () => {
    sessionStorage.removeItem(STORED);
    setViewer(null);
    setProblem("");
    setKey(null);
    setNeedsKey(true);
  };

  if (needsKey) return <Login problem={problem} onEnter={enter} />;
  if (viewer === null) return <p role="status">{problem || "Connecting …"}</p>;
  return (
    <Provider value={clients.urql}>
      <Wall clients={clients} viewer={viewer} onLeave={key === null ? null : leave} />
    </Provider>
  );
};
