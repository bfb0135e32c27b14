# Build:  docker build -t scangrade .
# Run:    docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/scans:/scans:ro" -v "$PWD/results:/results" \
#             -v "$PWD/answer_keys:/answer_keys:ro" scangrade grade /scans --keys /answer_keys -o /results

FROM python:3.13.11-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

# requirements-cluster.lock has what the workers of a cluster need as well: docker-compose.yml.
ARG LOCK=requirements-run.lock

WORKDIR /build
COPY requirements-build.lock ${LOCK} ./
RUN python -m pip install --no-deps --require-hashes --only-binary=:all: -r requirements-build.lock \
    && python -m venv /opt/scangrade \
    && /opt/scangrade/bin/python -m pip install --no-deps --require-hashes --only-binary=:all: -r "${LOCK}"

COPY pyproject.toml README.md LICENSE ./
COPY pipeline/ pipeline/
COPY answer_keys/ answer_keys/
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/scangrade/bin/python -m pip install --no-deps --no-index --find-links dist scangrade \
    && /opt/scangrade/bin/python -m pip uninstall --yes pip


FROM python:3.13.11-slim-trixie

RUN apt-get update \
    && apt-get install --yes --no-install-recommends poppler-utils=25.03.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin scangrade \
    && install --directory --owner=scangrade --group=scangrade /scans /results

COPY --from=build /opt/scangrade /opt/scangrade

ENV PATH=/opt/scangrade/bin:$PATH \
    PYTHONUNBUFFERED=1

USER 10001:10001
VOLUME ["/scans", "/results"]
# The defaults answer_keys/ and results/ are then /answer_keys and /results.
WORKDIR /
ENTRYPOINT ["scangrade"]
CMD ["--help"]
