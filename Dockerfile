# One file, three images:
#   docker build --target pipeline .     every job of both pipelines: pilotlight step PIPELINE STEP ...
#   docker build --target lambda .       the functions, each a file: trigger.handler, decompress.handler, ...
#   docker build --target dashboard .    the dashboard's server
#
# --build-arg REVISION=COMMIT            what the image says it was made of, and the version of the code in run records and fingerprints
# --build-context weights=FOLDER         sentiment weights for `pipeline`: FOLDER/NAME/{config.json,tokenizer.json,...,onnx/model.onnx} becomes
#                                        /app/weights/NAME, which a churn configuration names: text.weights_folder. None given: none inside,
#                                        the word lists are used. Nothing is ever fetched when a job runs.
#
# Nothing here names a processor: --platform linux/amd64 or linux/arm64. For the second the lock file has to name polars and DuckDB for it;
# where it does not, the build says so instead of making an image that cannot work.

# The bases, each named once, by exact tags (Lambda's has none but the runtime's). No digest stands here that nobody looked up: the workflow
# that pushes images looks them up and builds on those; --build-context node=docker-image://MIRROR/node@sha256:... does the same by hand.
FROM docker.io/library/node:24.21.0-bookworm-slim AS node
FROM docker.io/library/rust:1.95.0-slim-bookworm AS rust
FROM public.ecr.aws/lambda/nodejs:24 AS lambda-node

# Empty, unless --build-context weights=FOLDER stands in for it.
FROM scratch AS weights


# The native addon. ./dev knows what LightGBM's build needs (CMake >= 3.28, libclang) and gets it by native/build-requirements.txt.
FROM rust AS addon
RUN apt-get update \
 && apt-get install --yes --no-install-recommends g++ make python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY dev ./
COPY native ./native
RUN ./dev rust build --release --locked --package pilotlight-addon \
 && install -D --mode=0644 native/target/*/release/libpilotlight_addon.so /addon/pilotlight.node


# What npm reads, and nothing else: a change of code then leaves the packages' layers as they are.
FROM node AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY infra/package.json ./infra/
COPY native/addon/package.json ./native/addon/
COPY packages ./packages
COPY pipelines ./pipelines
RUN find packages pipelines -type f ! -name package.json -delete && find packages pipelines -type d -empty -delete


# No package's script is run: all that is native comes ready in a package for this processor.
FROM node AS pipeline-modules
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @pilotlight/pipelines
# 380 MB that Node on Linux never loads (ONNX Runtime for other systems and processors, and for browsers), and what npm alone reads.
RUN rm -rf infra package-lock.json \
 && cd node_modules \
 && find onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} + \
 && rm -rf onnxruntime-web


FROM node AS dashboard-modules
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @pilotlight/dashboard \
 && rm -rf infra pipelines package-lock.json


# With the development packages: esbuild is one of them.
FROM node AS functions
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund --workspace @pilotlight/functions --include-workspace-root
COPY packages ./packages
RUN node packages/functions/bundle.ts --out /functions && chmod -R a+rX /functions


# Node and nothing to install or build with.
FROM node AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /opt/yarn-* /root/.npm \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
ENV NODE_ENV=production
WORKDIR /app
STOPSIGNAL SIGTERM


FROM runtime AS pipeline
# LightGBM's threads. Their number is left to it: a job has its machine to itself, and results do not depend on it.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log
COPY --from=weights / /app/weights/
COPY --from=pipeline-modules /app ./
COPY --from=addon /addon/pilotlight.node ./native/addon/
COPY native/addon/load.cjs native/addon/index.d.ts ./native/addon/
COPY packages ./packages
COPY pipelines ./pipelines
COPY --chmod=0755 containers/pilotlight /usr/local/bin/pilotlight
RUN install -d --owner=node --group=node /opt/ml /opt/ml/model /opt/ml/output /opt/ml/processing/output
# An image that cannot do its work is not made: every native library loads, and the addon measures drift and trains.
RUN node --input-type=module --eval 'for (const name of ["@duckdb/node-api", "nodejs-polars", "@huggingface/transformers"]) await import(name);' \
 && pilotlight --version \
 && pilotlight generate segmentation --rows 200 --out /tmp/check \
 && pilotlight drift --execution-date 2026-01-06 --reference-path /tmp/check/hfac --current-path /tmp/check/hfac --output-path /tmp/check/drift \
 && pilotlight train --data /tmp/check/hfac --target amount_eur --rounds 3 --out /tmp/check/model.txt \
 && rm -rf /tmp/check
ARG REVISION=
ENV PILOTLIGHT_CODE_VERSION=$REVISION
LABEL org.opencontainers.image.title="pilotlight pipeline" \
      org.opencontainers.image.description="The jobs of the segmentation and churn pipelines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
# Root for a moment, `node` for the work: containers/pilotlight says why.
USER root
ENTRYPOINT ["pilotlight"]
CMD ["--help"]


# Lambda runs an image as a user of its own with the least rights, whatever USER says; all that it needs is that the files can be read.
FROM lambda-node AS lambda
COPY --from=functions /functions/ ${LAMBDA_TASK_ROOT}/
# Errors name lines of the sources, not columns of a bundle.
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
ARG REVISION=
LABEL org.opencontainers.image.title="pilotlight functions" \
      org.opencontainers.image.description="Trigger, decompression, waking the tracking server, waiting for the connector" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
# Each function names its own.
CMD ["trigger.handler"]


FROM runtime AS dashboard
COPY --from=dashboard-modules /app ./
COPY packages ./packages
# The pages as files, so that nothing is bundled when a task starts.
RUN node packages/dashboard/client/bundle.ts --out /app/client && chmod -R a+rX /app/client
ENV HOST=0.0.0.0 PORT=8080 DASHBOARD_CLIENT_DIR=/app/client
ARG REVISION=
ENV PILOTLIGHT_CODE_VERSION=$REVISION
LABEL org.opencontainers.image.title="pilotlight dashboard" \
      org.opencontainers.image.description="Runs, models, segments and alerts of one stack" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
# All that is written; the rest may be read-only.
VOLUME /tmp
EXPOSE 8080
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "packages/dashboard/main.ts"]
