import { builder } from "./builder.ts";

/** Whatever has a global id. */
export const Node = builder.interfaceRef<object>("Node").implement({
  description: "An object with a global id.",
  fields: (t) => ({
    id: t.id({
      description: "Opaque, stable, globally unique.",
      resolve: () => {
        throw new Error("Every node says its own id.");
      },
    }),
  }),
});
