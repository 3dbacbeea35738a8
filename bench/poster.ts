import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Posts bodies over several connections, one at a time on each, at the lowest possible cost for this process. */
export interface Poster {
  /**
   * Sends requests and returns the latency of each in milliseconds.
   * @throws Error if one is not acknowledged.
   */
  readonly run: (requests: number) => Promise<readonly number[]>;
  readonly stop: () => void;
}

export interface PosterOptions {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  readonly nextBody: () => string;
}

const DONE = '{"status":"done"}';
const LAST_CHUNK = "\r\n0\r\n\r\n";

/**
 * Whether an answer is complete.
 * @throws Error if it is not an acknowledgement.
 */
const isWhole = (answer: string): boolean => {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  if (!answer.startsWith("HTTP/1.1 200 "))
    throw new Error(`A callback must be answered 200; received ${answer.slice(0, 400)}`);
  const isChunked = /\r\ntransfer-encoding: chunked/i.test(answer.slice(0, end));
  return answer.includes(DONE, end) && (!isChunked || answer.endsWith(LAST_CHUNK));
};

export const startPoster = async ({ url, path, connections, nextBody }: PosterOptions): Promise<Poster> => {
  const { hostname, port, host } = new URL(url);
  const sockets: Socket[] = [];
  while (sockets.length < connections) {
    const socket = connect(Number(port), hostname).setNoDelay(true).setEncoding("latin1");
    await once(socket, "connect");
    sockets.push(socket);
  }

  const post = (socket: Socket): Promise<number> =>
    new Promise((resolve, reject) => {
      const body = nextBody();
      let answer = "";
      const settle = (act: () => void) => {
        socket.removeAllListeners();
        act();
      };
      socket.on("data", (chunk: string) => {
        answer += chunk;
        try {
          if (isWhole(answer)) settle(() => resolve(performance.now() - startedAt));
        } catch (error) {
          settle(() => reject(error));
        }
      });
      socket.once("close", () => reject(new Error("A connection was closed.")));
      const lines = [
        `POST ${path} HTTP/1.1`,
        `Host: ${host}`,
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
      ];
      const startedAt = performance.now();
      socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
    });

  return {
    async run(requests) {
      const latencies: number[] = [];
      let left = requests;
      const work = async (socket: Socket) => {
        while (left > 0) {
          left -= 1;
          latencies.push(await post(socket));
        }
      };
      await Promise.all(sockets.map(work));
      return latencies;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
    },
  };
};
