# syntax=docker/dockerfile:1
# One image for every process of CES; what runs is chosen by the command: node dist/apps/NAME/src/main.js

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

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# Optional are the binaries of the embedded PostgreSQL, which has no place beside a real one, and build tools.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional

FROM base
COPY package.json LICENSE ./
COPY --from=dependencies /opt/ces/node_modules node_modules
COPY --from=build /opt/ces/dist dist
# The user `node` of the base image, as a number so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT []
CMD ["node", "dist/apps/ces/src/main.js", "--help"]
