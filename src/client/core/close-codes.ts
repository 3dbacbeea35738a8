/** What the client does when a WebSocket closes: connects at once, later, with fresh credentials, or ends with an error. */
export type CloseAction = "at once" | "later" | "credentials" | "end";

/** The action for each close code of the server. Every other code stands for a broken connection: the client connects later. */
export const CLOSE_ACTIONS: Readonly<Record<number, CloseAction>> = {
  1009: "end",
  1012: "at once",
  1013: "later",
  4400: "end",
  4401: "credentials",
  4403: "credentials",
  4406: "end",
  4408: "later",
  4409: "end",
  // Sockets that the server has not noticed to be dead count, too: some of them end by themselves.
  4429: "later",
};
