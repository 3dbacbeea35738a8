import { builder } from "../kernel/builder.ts";
import { sdlOf } from "./sdl.ts";

const Service = builder.objectRef<object>("_Service").implement({
  description: "This server as a subgraph of a federated graph.",
  fields: (t) => ({
    sdl: t.string({
      description: "The schema of the subgraph in SDL, as composition takes it.",
      resolve: (_service, _args, _context, { schema }) => sdlOf(schema),
    }),
  }),
});

builder.queryField("_service", (t) =>
  t.field({
    type: Service,
    description: "The schema of this subgraph, for federation routers and composition.",
    resolve: () => ({}),
  }),
);
