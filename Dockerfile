# syntax=docker/dockerfile:1
# The image has two inputs beside the sources: the dependencies at run time, and the compiler. `npm run image:steps` runs the same steps
# without an engine.

FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The compiler is an optional package of its platform. The bundled Node, a workspace, is not needed where there is one.
RUN --mount=type=cache,target=/root/.npm \
  npm ci --workspaces=false --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of the optional packages only the SDK that sends traces is kept. It is there in three forms, of which Node reads one.
RUN --mount=type=cache,target=/root/.npm \
  npm pkg delete optionalDependencies.@graphql-yoga/render-graphiql && \
  npm ci --workspaces=false --ignore-scripts --omit=dev --no-audit --no-fund && \
  rm -rf node_modules/@opentelemetry/*/build/esm node_modules/@opentelemetry/*/build/esnext

FROM node:26-slim
LABEL org.opencontainers.image.title="Portico" \
  org.opencontainers.image.description="A GraphQL API in front of the Biometric Gateway API v3" \
  org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json schema.graphql subgraph.graphql ./
COPY bin ./bin
# By number, so that an orchestrator can see that it is not root. Nothing is written: the root file system may be read-only.
USER 1000:1000
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --start-interval=1s CMD ["node", "bin/portico.js", "health"]
ENTRYPOINT ["node", "bin/portico.js"]
