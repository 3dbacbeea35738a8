import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

/** A subgraph as a composer needs it. */
export interface Composable {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** Fetches the SDL of a running subgraph; `authorization` is a credential of it, if it requires one. */
export const sdlAt = async (url: string, authorization?: string): Promise<string> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  const { data } = (await response.json()) as { readonly data: { readonly _service: { readonly sdl: string } } };
  return data._service.sdl;
};

/**
 * Composes subgraphs and returns the supergraph SDL.
 * @throws Error with all composition errors.
 */
export const compose = (subgraphs: readonly Composable[]): string => {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composeServices(services);
  if (supergraphSdl === undefined) {
    throw new Error(`The subgraphs must compose:\n${(errors ?? []).map(({ message }) => message).join("\n")}`);
  }
  return supergraphSdl;
};
