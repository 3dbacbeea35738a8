import { builder } from "../kernel/builder.ts";
import { sdlOf } from "./sdl.ts";

const Service = builder.objectRef<object>("_Service").implement({
  description: "This subgraph.",
  fields: (t) => ({
    sdl: t.string({
      description: "Its schema, for composition.",
      resolve: (_service, _args, _context, { schema }) => sdlOf(schema),
    }),
  }),
});

builder.queryField("_service", (t) =>
  t.field({ type: Service, description: "This subgraph, for composition.", resolve: () => ({}) }),
);
