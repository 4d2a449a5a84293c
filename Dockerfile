# One image for all processes: operator, worker, aggregator, exporter and mp.
#
#   docker build -t metrics-pipeline-operator:0.1.0 .
#
# It needs this folder, the base image and the npm registry. Pin the base to what you have tested:
# --build-arg NODE_IMAGE=node:24-slim@sha256:...
ARG NODE_IMAGE=node:24-slim

FROM $NODE_IMAGE AS build
WORKDIR /source
COPY package.json package-lock.json ./
# No package needs its install script here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/build-image.ts /app

FROM $NODE_IMAGE
LABEL org.opencontainers.image.title="Metrics Pipeline Operator" \
      org.opencontainers.image.description="Operator, worker, aggregator, exporter and mp of MetricsPipelines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
ENV NODE_ENV=production \
    PATH=/app/bin:$PATH
COPY --from=build /app /app
WORKDIR /app
# Nobody in particular. As a number, for Kubernetes can tell by it that this is not root.
USER 65532:65532
EXPOSE 8080
# The base's entry point is a shell script. Processes write nothing to disk: a read-only root file system is enough.
ENTRYPOINT []
CMD ["mp", "--help"]
