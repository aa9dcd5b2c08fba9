# Build with all tools, run with few: the second stage has no compiler, no tests and no root.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY jobs ./jobs
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production ROLLCALL_DATA_DIR=/data ROLLCALL_CONFIG_DIR=/config
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY templates ./templates
COPY config/policy.yaml ./config/policy.yaml
RUN install -d -o node -g node /data
USER node
VOLUME ["/data"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "dist/src/cli/rollcall.js"]
CMD ["start"]
