import { createServer } from "node:http";
import { listen } from "../../bench/body-server.ts";

/* A server that does nothing: how long it takes to answer is how long this machine takes. */
process.send?.(await listen(createServer((_request, response) => void response.end("ok"))));
process.once("disconnect", () => process.exit(0));
