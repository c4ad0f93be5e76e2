# One Dockerfile for every service:
#
#     docker build -f infra/docker/service.Dockerfile --build-arg APP=mail-service -t event-bus/mail-service .
#
# Slow layers depend only on package.json files and the lockfile. A code change repeats only the compilation.

FROM node:24-slim AS base
WORKDIR /event-bus
# npm's own notices do not matter for this build.
ENV NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false TURBO_TELEMETRY_DISABLED=1


FROM base AS repository
COPY package.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm install --global "turbo@$(node -p 'require("./package.json").devDependencies.turbo')"
COPY . .


# All services are compiled here, together: a build of three images installs the tools and compiles once. `turbo prune`
# separates the manifests and the lockfile (out/json) from the code (out/full).
FROM repository AS services
RUN turbo prune $(ls apps | sed 's|^|@event-bus/|') --docker

# No install scripts: the services need none, and the tools that do (a pinned Node, PostgreSQL) are not used here.
FROM base AS built
COPY --from=services /event-bus/out/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY --from=services /event-bus/out/full/ ./
RUN node_modules/.bin/tsc -b apps/*/tsconfig.build.json \
 && (cd apps/console && ../../node_modules/.bin/vite build --logLevel warn) \
 && mkdir /built && cp -r --parents packages/*/dist /built


# The run-time dependencies of this service, from the pruned lockfile.
FROM repository AS pruned
ARG APP
RUN turbo prune "@event-bus/${APP}" --docker

FROM base AS production-dependencies
COPY --from=pruned /event-bus/out/json/ ./
# TypeScript is an optional peer of @nestjs/swagger, for a plug-in that is not used.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts && rm -rf node_modules/typescript node_modules/@typescript


FROM base AS service
ENV NODE_ENV=production
COPY --from=production-dependencies /event-bus/ ./
COPY tools/compose/one-shot/ tools/compose/one-shot/
COPY infra/docker/check-health.mjs infra/docker/
# The console shows from them who publishes and consumes an event.
COPY contracts/*.json contracts/
COPY --from=built /built/ ./
ARG APP
COPY --from=built /event-bus/apps/${APP}/dist/ apps/${APP}/dist/
WORKDIR /event-bus/apps/${APP}
# Nothing is written to the file system, so it may be read-only.
USER node
# Without a shell and without npm, which would not forward signals. Secret settings come from a file, so that
# `docker inspect` does not show them; the environment overrides it.
CMD ["node", "--env-file-if-exists=/run/secrets/service.env", "--enable-source-maps", "--disable-warning=TimeoutNegativeWarning", "dist/main.js"]
# For engines without a check of their own. Compose and Kubernetes check `ready`, at their own intervals.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s \
    CMD ["node", "/event-bus/infra/docker/check-health.mjs", "live"]
