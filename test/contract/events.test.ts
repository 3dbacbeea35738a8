import { type GraphQLNamedType, isInterfaceType, isObjectType } from "graphql";
import { expect, onTestFinished, test } from "vitest";
import { type EventDefinition, EventName, EVENTS } from "../../src/contract/events.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { scopesOf } from "../../src/schema/kernel/viewer.ts";
import { upstreamOf } from "../../src/schema/kernel/directives.ts";
import { type Json, openIngress } from "../kit/events/deliver.ts";
import { callOver, START } from "../kit/sandbox/caller.ts";
import { until } from "../kit/until.ts";
import { startReceiver } from "../kit/sandbox/receiver.ts";
import { events as documented, resolve, type Schema } from "./document.ts";

/**
 * An event is one entry in src/contract/events.ts. What cannot follow from the entry has a test here, which names the event
 * and the next step.
 */

const DOCUMENT = "src/contract/gateway-v3.openapi.yaml";
const HOUR_MS = 3_600_000;

const definitions: readonly EventDefinition[] = EventName.values.map((name) => EVENTS[name]);
const schema = buildSchema();

/** The examples that the document has for an event. */
const examplesOf = (name: string): readonly Json[] =>
  (resolve(documented[name] ?? ({} satisfies Schema))["examples"] as readonly Json[] | undefined) ?? [];

/** The steps that are missing; `step` returns null for an event that lacks nothing. */
const missing = (step: (definition: EventDefinition) => string | null): readonly string[] =>
  definitions.flatMap((definition) => step(definition) ?? []);

test("the document describes every event", () => {
  const steps = missing(({ name }) =>
    Object.hasOwn(documented, name) ? null : `${name} is not in the document: add webhooks["${name}"] to ${DOCUMENT}`,
  );
  expect(steps).toEqual([]);
});

test("the document has an example of every event", () => {
  const steps = missing(({ name }) =>
    examplesOf(name).length > 0 ? null : `${name} has no example: add examples to its schema in ${DOCUMENT}`,
  );
  expect(steps).toEqual([]);
});

test("the ingress stores the example of every event as that event, whether or not its body names it", async () => {
  for (const { name, record, naturalKey } of definitions) {
    for (const { Event: _name, ...example } of examplesOf(name)) {
      const { deliver, events } = openIngress();
      const prefix = naturalKey === null ? "event" : record;
      for (const body of [{ ...example, Event: name }, example]) {
        expect(await deliver(body), `${name}: its codec and the ingress must accept the example`).toMatchObject({
          kind: "acknowledged",
          quarantined: [],
        });
      }
      expect(
        (await events()).map(({ body, key }) => [body.kind, key.split(" ")[0]]),
        `${name}: recognizedBy must identify the example without its Event member`,
      ).toEqual([[name, prefix]]);
    }
  }
});

const typeOf = ({ graphql }: EventDefinition): GraphQLNamedType | undefined => schema.getType(graphql.type);

test("every event has a GraphQL type that is a GatewayEvent", () => {
  const steps = missing((definition) => {
    const type = typeOf(definition);
    const isEvent = isObjectType(type) && type.getInterfaces().some((each) => each.name === "GatewayEvent");
    const { name, graphql } = definition;
    return isEvent
      ? null
      : `${name} has no GraphQL type: add ${graphql.type}, which implements GatewayEvent, to src/schema/realtime/event.type.ts`;
  });
  expect(steps).toEqual([]);
});

test("the GraphQL type of every event requires the scope of the event", () => {
  const steps = missing((definition) => {
    const type = typeOf(definition);
    if (type === undefined || scopesOf(type).some((scope) => scope === definition.scope)) return null;
    return `${definition.graphql.type} does not require ${definition.scope}: add guardedBy to its type`;
  });
  expect(steps).toEqual([]);
});

test("every event is the upstream of one place in the schema", () => {
  const upstreams = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return [type, ...Object.values(type.getFields())].flatMap((element) => upstreamOf(element).upstream);
  });
  const steps = missing(({ name, graphql }) =>
    upstreams.filter((each) => each === name).length === 1
      ? null
      : `${name} must be the upstream of one field or type: add upstream: ["${name}"] to ${graphql.type} or to its subscription`,
  );
  expect(steps).toEqual([]);
});

test("a live sandbox emits every event", async () => {
  const sandbox = await startSandbox({ start: START, frozen: true, live: true, rate: false, seed: 1 });
  onTestFinished(() => sandbox.stop());
  const receiver = await startReceiver();
  await callOver(sandbox)("RegisterCallback", { CallbackURL: receiver.url });
  sandbox.clock.advance(HOUR_MS);
  await until(() =>
    [...sandbox.gateway.world.devices.keys()].every(
      (serial) => sandbox.gateway.callbacks.health(serial).QueueStatus === "Idle",
    ),
  );
  const emitted = new Set(receiver.deliveries.map(({ body }) => body?.["Event"]));
  const steps = missing(({ name }) =>
    emitted.has(name) ? null : `${name} is never emitted by the sandbox: emit it in src/sandbox/`,
  );
  expect(steps).toEqual([]);
});

test("an event about an employee names one, and its members are those of its codec", () => {
  for (const { name, subject, members, codec, deviceClock, naturalKey, answersOnly } of definitions) {
    const named = [subject, ...(naturalKey ?? []), ...answersOnly, ...Object.values(deviceClock ?? {})];
    expect(
      named.filter((member) => !members.includes(member)),
      name,
    ).toEqual([]);
    expect(
      members.filter((member) => codec.members?.[member] === undefined),
      name,
    ).toEqual([]);
  }
});
