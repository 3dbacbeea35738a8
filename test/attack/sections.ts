import { PROTOCOL } from "./a.protocol.ts";
import { SOCKET_CASES } from "./b.sockets.ts";
import { QUERY_CASES } from "./c.queries.ts";
import type { Section } from "./case.ts";
import { IDENTITY } from "./d.identity.ts";
import { RIGHTS } from "./d.rights.ts";
import { CALLBACKS } from "./e.callbacks.ts";
import { SECRETS } from "./f.secrets.ts";
import { FAULTS } from "./g.faults.ts";
import { LIFECYCLE } from "./i.lifecycle.ts";

/** All cases. */
export const SECTIONS: readonly Section[] = [
  PROTOCOL,
  SOCKET_CASES,
  QUERY_CASES,
  IDENTITY,
  RIGHTS,
  CALLBACKS,
  SECRETS,
  FAULTS,
  LIFECYCLE,
];
