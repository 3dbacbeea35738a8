import { useCallback, useEffect } from "react";
import { useQuery } from "urql";
import type { TypedDocumentString } from "./__generated__/graphql.ts";

/** Reads a document through urql's cache; `refresh` reads it from the server again. */
export const useRead = <Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
) => {
  const [{ data, error, fetching }, execute] = useQuery<Data, Variables>({
    query: document.toString(),
    variables,
    requestPolicy: "cache-and-network",
  });
  const refresh = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  return { data, error, fetching, refresh };
};

/** Reads a document without variables again and again: for what has no events. */
export const usePolled = <Data>(document: TypedDocumentString<Data, Record<string, never>>, everyMs: number) => {
  const read = useRead<Data, Record<string, never>>(document, {});
  const { refresh } = read;
  useEffect(() => {
    const timer = setInterval(refresh, everyMs);
    return () => clearInterval(timer);
  }, [refresh, everyMs]);
  return read;
};
