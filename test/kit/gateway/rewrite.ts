import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";

export interface Rewrite {
  /** The value of a member of an answer, given its name, its own value and the object that holds it. */
  readonly member: (name: string, value: unknown, holder: Readonly<Record<string, unknown>>) => unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the headers of each request. */
  readonly onRequest?: (headers: IncomingHttpHeaders) => void;
}

/** A gateway that answers as the sandbox does, with other values for some members and headers. Resolves with its URL. */
export const openRewritingGateway = async (sandbox: Sandbox, rewrite: Rewrite): Promise<string> => {
  const server = createServer((request, response) => {
    void (async () => {
      rewrite.onRequest?.(request.headers);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(`${new URL(sandbox.url).origin}${request.url ?? ""}`, {
        method: request.method ?? "GET",
        headers: {
          "auth-token": String(request.headers["auth-token"]),
          ...(request.method === "POST" ? { "content-type": "application/json" } : {}),
        },
        ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
      });
      const { member } = rewrite;
      const body: unknown = JSON.parse(
        await answer.text(),
        function (this: Readonly<Record<string, unknown>>, name, value: unknown) {
          return member(name, value, this);
        },
      );
      response.writeHead(answer.status, { "content-type": "application/json", ...rewrite.headers });
      response.end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}${new URL(sandbox.url).pathname.replace(/\/$/, "")}`;
};
