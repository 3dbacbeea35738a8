import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import type { Recorder } from "./recorder.ts";

/** Executes with a copy of the schema whose resolvers are timed. */
export interface Instrument {
  readonly schema: GraphQLSchema;
  /** LogFields in it what is resolved with such a context. */
  readonly record: (context: object, recorder: Recorder) => void;
}

/** Times every field; the schema itself, and what is executed with it, stays as it is. */
export const createInstrument = (schema: GraphQLSchema): Instrument => {
  const recorders = new WeakMap<object, Recorder>();
  const timed = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: ({ resolve = defaultFieldResolver, ...field }) => ({
      ...field,
      resolve(source, args, context: object, info) {
        const end = recorders.get(context)?.begin(info);
        const settled = (): void => end?.();
        try {
          const value: unknown = resolve(source, args, context, info);
          if (value instanceof Promise) return value.finally(settled);
          settled();
          return value;
        } catch (error) {
          settled();
          throw error;
        }
      },
    }),
  });
  return { schema: timed, record: (context, recorder) => void recorders.set(context, recorder) };
};
