import type { Break } from "./break.ts";
import { CALLBACK_BREAKS } from "./breaks/callbacks.ts";
import { CLIENT_BREAKS } from "./breaks/client.ts";
import { COMMAND_BREAKS } from "./breaks/commands.ts";
import { DEPLOY_BREAKS } from "./breaks/deploy.ts";
import { EVENT_BREAKS } from "./breaks/events.ts";
import { GATEWAY_BREAKS } from "./breaks/gateway.ts";
import { SERVER_BREAKS } from "./breaks/server.ts";

/** Every break, in the order in which they are tried. */
export const BREAKS: readonly Break[] = [
  ...EVENT_BREAKS,
  ...CALLBACK_BREAKS,
  ...COMMAND_BREAKS,
  ...GATEWAY_BREAKS,
  ...SERVER_BREAKS,
  ...CLIENT_BREAKS,
  ...DEPLOY_BREAKS,
];

/** Why a break cannot be tried in a text of its file; null if it can. */
export const reasonAgainst = ({ from, to }: Break, text: string): string | null => {
  const count = text.split(from).length - 1;
  if (count !== 1) return `the text occurs ${count} times: ${from}`;
  return from === to ? "it changes nothing" : null;
};
