import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const SERVER = "http://127.0.0.1:4000";

export default defineConfig({
  root: path("."),
  plugins: [react()],
  resolve: {
    alias: [
      // In this repository the package is its sources. A copy of this directory installs it and needs no alias.
      { find: /^portico-graphql\/client$/, replacement: path("../../src/client/index.ts") },
      { find: /^portico-graphql\/(?:client\/)?(\w+)$/, replacement: path("../../src/client/adapters/$1.ts") },
    ],
  },
  server: {
    // Requests keep the host of the page: it is the origin of the page, too, which therefore needs no entry in ACCESS_ORIGINS.
    proxy: { "/graphql": { target: SERVER, ws: true }, "/links": { target: SERVER } },
  },
  build: { outDir: path("../../dist/wall"), assetsDir: "wall", emptyOutDir: true, modulePreload: { polyfill: false } },
});
