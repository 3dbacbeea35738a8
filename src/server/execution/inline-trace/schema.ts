import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import type { Recorder } from "./recorder.ts";

/** A copy of the schema with timed resolvers. */
export interface Instrument {
  readonly schema: GraphQLSchema;
  /** Records the fields that are resolved with this context. */
  readonly record: (context: object, recorder: Recorder) => void;
}

/** Copies a schema so that every field is timed. The original schema is unchanged. */
export const createInstrument = (schema: GraphQLSchema): Instrument => {
  const recorders = new WeakMap<object, Recorder>();
  const timed = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: ({ resolve = defaultFieldResolver, ...field }) => ({
      ...field,
      resolve(source, args, context: object, info) {
        const end = recorders.get(context)?.startField(info);
        const recordEnd = (): void => end?.();
        try {
          const value: unknown = resolve(source, args, context, info);
          if (value instanceof Promise) return value.finally(recordEnd);
          recordEnd();
          return value;
        } catch (error) {
          recordEnd();
          throw error;
        }
      },
    }),
  });
  return { schema: timed, record: (context, recorder) => void recorders.set(context, recorder) };
};
