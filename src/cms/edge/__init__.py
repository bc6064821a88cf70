"""HTTP before and around the application: limits, CORS, the log, OpenAPI, documentation, health."""

from cms.edge.client import client_address
from cms.edge.headers import JSON, BadCondition, bytes_etag, names_etag
from cms.edge.health import HEALTH
from cms.edge.install import install
from cms.edge.log import configure_logging, request_log
from cms.edge.metrics import metrics_of
from cms.edge.middleware import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    cors_headers,
    request_id_of,
)
from cms.edge.openapi import IS_MERGE_PATCH, NEEDS_TOKEN
from cms.edge.rate_limit import PostgresRateLimiter
from cms.edge.sentences import invalid

# fmt: off
__all__ = [
    "HEALTH", "IS_MERGE_PATCH", "JSON", "MAX_HEADERS", "MAX_HEADER_BYTES", "NEEDS_TOKEN", "BadCondition", "PostgresRateLimiter", "bytes_etag",
    "client_address", "configure_logging", "cors_headers", "install",
    "invalid", "metrics_of", "names_etag", "request_id_of", "request_log",
]
