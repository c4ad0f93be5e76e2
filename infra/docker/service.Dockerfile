# One recipe for every service:
#
#     docker build -f infra/docker/service.Dockerfile --build-arg APP=mail-service -t event-bus/mail-service .
#
# Layers that take long depend on package.json files and the lock alone. Editing code repeats the compiler and nothing else.

FROM node:24-slim AS base
WORKDIR /event-bus
# npm's own notices are not about this build.
ENV NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false TURBO_TELEMETRY_DISABLED=1


FROM base AS repository
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm install --global "turbo@$(node -p 'require("./package.json").devDependencies.turbo')"
COPY . .


# All services are compiled here, together: whoever builds three images installs the tools and compiles once. `turbo prune`
# parts the manifests and the lock (out/json) from the code (out/full).
FROM repository AS services
RUN turbo prune $(ls apps | sed 's|^|@event-bus/|') --docker

# No install scripts anywhere: the services need none, and the tools that do (a pinned Node, PostgreSQL) are not for here.
FROM base AS built
COPY --from=services /event-bus/out/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY --from=services /event-bus/out/full/ ./
RUN node_modules/.bin/tsc -b apps/*/tsconfig.build.json \
 && mkdir /built && cp -r --parents packages/*/dist /built


# What this one needs when it runs, from a lock that was cut to it.
FROM repository AS pruned
ARG APP
RUN turbo prune "@event-bus/${APP}" --docker

FROM base AS production-dependencies
COPY --from=pruned /event-bus/out/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts


FROM base AS service
ENV NODE_ENV=production
COPY --from=production-dependencies /event-bus/ ./
COPY tools/compose/one-shot/ tools/compose/one-shot/
COPY infra/docker/check-health.mjs infra/docker/
COPY --from=built /built/ ./
ARG APP
COPY --from=built /event-bus/apps/${APP}/dist/ apps/${APP}/dist/
WORKDIR /event-bus/apps/${APP}
# Nothing is written to the file system: it may be read-only.
USER node
# Without a shell, and without npm, which would keep the signals to itself. Settings that are secret come as a file, so that
# `docker inspect` does not show them; what is set in the environment goes before it.
CMD ["node", "--env-file-if-exists=/run/secrets/service.env", "--enable-source-maps", "--disable-warning=TimeoutNegativeWarning", "dist/main.js"]
# For engines that ask nothing else. Compose and Kubernetes ask for `ready`, and at their own pace.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s \
    CMD ["node", "/event-bus/infra/docker/check-health.mjs", "live"]
