import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";

interface HoldingGateway {
  readonly url: string;
  /**
   * Has the next request of an operation executed at once, and its answer wait for `release`; `executed` resolves when the answer
   * exists.
   */
  readonly holdAnswer: (operation: string) => { readonly executed: Promise<void>; readonly release: () => void };
  /** Resets the connection of the next request of an operation; the result executes the request. */
  readonly delayRequest: (operation: string) => () => Promise<void>;
}

interface Plan {
  readonly kind: "answer" | "request";
  readonly reach: () => void;
  readonly released: Promise<void>;
}

/** A gateway that answers as the sandbox does, but whose answers and requests can be held on their way. */
export const openHoldingGateway = async (sandbox: Sandbox): Promise<HoldingGateway> => {
  const plans = new Map<string, Plan>();

  const forward = async (request: IncomingMessage, body: Buffer) => {
    const isPost = request.method === "POST";
    const answer = await fetch(`${new URL(sandbox.url).origin}${request.url ?? ""}`, {
      method: request.method ?? "GET",
      headers: {
        "auth-token": String(request.headers["auth-token"]),
        ...(isPost ? { "content-type": "application/json" } : {}),
      },
      ...(isPost ? { body: body.toString() } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const operation = new URL(request.url ?? "", "http://gateway").pathname.split("/").at(-1) ?? "";
      const plan = plans.get(operation);
      plans.delete(operation);
      if (plan?.kind === "request") {
        request.socket.destroy();
        await plan.released;
      }
      const { status, text } = await forward(request, Buffer.concat(chunks));
      plan?.reach();
      if (plan?.kind === "answer") await plan.released;
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });

  const plan = (operation: string, kind: Plan["kind"]) => {
    const executed = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    plans.set(operation, { kind, reach: executed.resolve, released: released.promise });
    return { executed: executed.promise, release: () => released.resolve() };
  };
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${new URL(sandbox.url).pathname.replace(/\/$/, "")}`,
    holdAnswer: (operation) => plan(operation, "answer"),
    delayRequest(operation) {
      const { release, executed } = plan(operation, "request");
      return () => {
        release();
        return executed;
      };
    },
  };
};
