import { RequestError } from "portico-graphql/client";
import { useEffect, useState } from "react";
import { Provider } from "urql";
import { type Clients, createClients } from "./clients.ts";
import { VIEWER } from "./documents.ts";
import type { WallViewerQuery } from "./__generated__/graphql.ts";
import { Login } from "./login.tsx";
import { Wall } from "./wall.tsx";

const STORED = "portico.key";

/** A caller whom the server has accepted. */
interface Session {
  readonly hasKey: boolean;
  readonly clients: Clients;
  readonly viewer: WallViewerQuery;
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof RequestError && error.reason.kind === "unauthorized";

/**
 * The page: asks for a key if the server does, and shows the wall. If the key ends while the wall is open, it asks again, above the
 * wall: filters and an open dialog remain, and the rows are read again with the rights of the new key.
 */
export const App = () => {
  const [attempt, setAttempt] = useState(() => ({ key: sessionStorage.getItem(STORED) }));
  const [session, setSession] = useState<Session | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    const { key } = attempt;
    let isCurrent = true;
    let timer = 0;
    const clients = createClients(key, () => {
      if (!isCurrent) return;
      sessionStorage.removeItem(STORED);
      setProblem(key === null ? "" : "This key is not valid, or no longer.");
      setAsking(true);
    });
    const open = async () => {
      try {
        const { data } = await clients.portico.query(VIEWER);
        if (!isCurrent || data == null) return;
        if (key !== null) sessionStorage.setItem(STORED, key);
        setSession({ hasKey: key !== null, clients, viewer: data });
        setProblem("");
        setAsking(false);
      } catch (error) {
        if (!isCurrent || isUnauthorized(error)) return;
        setProblem(error instanceof Error ? error.message : String(error));
        timer = window.setTimeout(() => void open(), 3_000);
      }
    };
    void open();
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [attempt]);

  const enter = (key: string) => {
    setProblem("");
    setAttempt({ key });
  };
  const leave = () => {
    sessionStorage.removeItem(STORED);
    setSession(null);
    setAsking(true);
  };

  return (
    <>
      {session === null ? (
        <p role="status">{isAsking ? "" : problem || "Connecting …"}</p>
      ) : (
        <Provider value={session.clients.urql}>
          <Wall clients={session.clients} viewer={session.viewer} onLeave={session.hasKey ? leave : null} />
        </Provider>
      )}
      {isAsking ? <Login problem={problem} onEnter={enter} /> : null}
    </>
  );
};
