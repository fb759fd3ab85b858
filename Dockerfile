# Built alike by docker, podman and buildah. BASE is any Debian-like image with Python 3.11 or newer and venv.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY requirements/box.txt requirements/box.txt
RUN python3 -m venv /opt/gymbox \
 && /opt/gymbox/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/box.txt
COPY . .
RUN /opt/gymbox/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM ${BASE}
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/gymbox gymbox
COPY --from=build /opt/gymbox /opt/gymbox
ENV PATH=/opt/gymbox/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GYMBOX_DATA_DIR=/var/lib/gymbox \
    GYMBOX_HTTP__HOST=0.0.0.0
USER gymbox
VOLUME /var/lib/gymbox
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["gymbox"]
CMD ["run", "--config", "/etc/gymbox/gymbox.toml"]
