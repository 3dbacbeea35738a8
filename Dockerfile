FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/prepare.ts scripts/
RUN npm ci --omit=optional
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
USER node
EXPOSE 4000
CMD ["node", "bin/portico.js"]
