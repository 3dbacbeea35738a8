import { PROTOCOL } from "./a.protocol.ts";
import { SOCKET_CASES } from "./b.sockets.ts";
import { attack } from "./suite.ts";

attack([PROTOCOL, SOCKET_CASES], { file: new URL("../../dist/main.js", import.meta.url), quick: false });
