import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

/** What a composer wants to know of a subgraph. */
export interface Composable {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** The SDL that a running subgraph tells of itself. */
export const sdlAt = async (url: string): Promise<string> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  const { data } = (await response.json()) as { readonly data: { readonly _service: { readonly sdl: string } } };
  return data._service.sdl;
};

/** The supergraph of these subgraphs. Throws all that stands against it. */
export const compose = (subgraphs: readonly Composable[]): string => {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composeServices(services);
  if (supergraphSdl === undefined) {
    throw new Error(`These subgraphs do not compose:\n${(errors ?? []).map(({ message }) => message).join("\n")}`);
  }
  return supergraphSdl;
};
