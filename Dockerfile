# docker build -t gong-source . ; docs/operations.md tells how to run it.
FROM python:3.13-slim AS build
ARG EXTRAS=""
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY gong_source gong_source
RUN python -m venv /opt/gong && /opt/gong/bin/pip install --no-cache-dir -c constraints.txt ".${EXTRAS:+[$EXTRAS]}"

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --home-dir /data gong
COPY --from=build /opt/gong /opt/gong
ENV PATH=/opt/gong/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DLT_DATA_DIR=/data/dlt \
    RUNTIME__DLTHUB_TELEMETRY=false
USER gong
WORKDIR /data
VOLUME /data
ENTRYPOINT ["gong-source"]
CMD ["--help"]
