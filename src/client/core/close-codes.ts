/** What the client does when a WebSocket closes: connects at once, later, with fresh credentials, or ends with an error. */
export type CloseAction = "at once" | "later" | "credentials" | "end";

/**
 * The action for the close codes of the server. After every other code it connects later: also after 4429,
 * because sockets that the server has not noticed to be dead count, too.
 */
export const CLOSE_ACTIONS: Readonly<Record<number, CloseAction>> = {
  1009: "end",
  1012: "at once",
  4400: "end",
  4401: "credentials",
  4403: "credentials",
  4406: "end",
  4409: "end",
};
