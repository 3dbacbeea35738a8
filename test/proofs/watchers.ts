import { openCrowd } from "../../bench/subscribers.ts";
import { holds } from "../kit/until.ts";
import { createGraphQLClient } from "./client.ts";
import { startPrograms, urlOf } from "./program.ts";
import { claim, count, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const WATCHERS = 1_000;
const DEVICE = "SN7A2300584";
const START = "2026-06-21T04:00:00Z";
const ACKNOWLEDGE_MS = 2_000;
const WAIT = { timeoutMs: 30_000, intervalMs: 10 } as const;
/** The minimum of the tracker's first pause; each further pause is longer by this factor. */
const [MIN_PAUSE_MS, GROWTH] = [250, 1.6];
const SLACK_MS = 25;

const RESEND_USER = `mutation {
  resendUser(input: { employeeCode: "1042", serialNumbers: ["${DEVICE}"], options: { waitSeconds: 0 } }) {
    commands { id }
  }
}`;
const FOLLOW = `subscription ($id: ID!) { commandUpdated(id: $id) { id status attempts completedAt failureReason } }`;

interface ResendUserData {
  readonly resendUser: { readonly commands: readonly { readonly id: string }[] };
}

export const WATCHERS_PROOF: Proof = {
  name: "watchers",
  about: `${count(WATCHERS)} subscribers of one command, from QUEUED to its final status`,
  async run(seed) {
    const start = Date.parse(START);
    const sandbox = await startRemoteSandbox({ seed, start, acknowledgeMs: ACKNOWLEDGE_MS });
    const [instance] = await startPrograms(1, { gateway: sandbox });
    if (instance === undefined) throw new Error("startPrograms must return an instance.");
    const client = createGraphQLClient(urlOf(instance));
    try {
      await sandbox.change(DEVICE, { online: false });
      const { data } = await client.ask<ResendUserData>(RESEND_USER);
      const id = data?.resendUser.commands[0]?.id;
      const since = await sandbox.marker();
      const statusesByWatcher = Array.from({ length: WATCHERS }, (): string[] => []);
      const completed = new Set<number>();
      const crowd = await openCrowd({
        url: urlOf(instance),
        size: WATCHERS,
        operationOf: () => ({ query: FOLLOW, variables: { id } }),
        onResult(_at, index, text) {
          if (text.includes('"type":"complete"')) completed.add(index);
          else statusesByWatcher[index]?.push(/"status":"(\w+)"/.exec(text.toString())?.[1] ?? text.toString());
        },
      });
      await holds(() => statusesByWatcher.every(({ length }) => length > 0), WAIT);
      await sandbox.change(DEVICE, { online: true });
      const onlineAt = performance.now();
      await holds(() => completed.size === WATCHERS, WAIT);
      const elapsedMs = performance.now() - onlineAt;
      await crowd.close();
      const requestTimes = (await sandbox.entries(since, "GetCommandStatus")).map(({ realAt }) => realAt);
      const pauses = requestTimes.slice(1).map((at, index) => at - (requestTimes[index] ?? 0));
      const isOneSeries = pauses.every((pause, index) => pause >= MIN_PAUSE_MS * GROWTH ** index - SLACK_MS);
      const series = Map.groupBy(statusesByWatcher, (states) => states.join(", "));
      return [
        claim(
          "there is one series of GetCommandStatus with growing pauses",
          `${requestTimes.length} requests, pauses of ${pauses.join(", ")} ms`,
          requestTimes.length > 1 && isOneSeries,
        ),
        claim(
          "every watcher receives the final status once",
          [...series].map(([states, watchers]) => `${count(watchers.length)} x ${states}`).join("; "),
          statusesByWatcher.every(
            (states) => states.indexOf("SUCCEEDED") === states.length - 1 && states[0] === "QUEUED",
          ),
        ),
        claim(
          "every subscription completes",
          `${count(completed.size)}, ${(elapsedMs / 1_000).toFixed(1)} s after the device came back`,
          completed.size === WATCHERS,
        ),
      ];
    } finally {
      await client.stop();
      await instance.kill();
      await sandbox.stop();
    }
  },
};
