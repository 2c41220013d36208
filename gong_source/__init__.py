"""Gong's calls, transcripts, users, logs and library in DuckDB, BigQuery or Snowflake, with dlt."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gong_source.errors import (
    GongArgumentError,
    GongAuthError,
    GongBadRequestError,
    GongConfigError,
    GongConnectionError,
    GongCursorExpired,
    GongDestinationError,
    GongDuplicateError,
    GongError,
    GongFolderError,
    GongForbiddenError,
    GongKeyRefusedError,
    GongLoadError,
    GongLockedError,
    GongMovedError,
    GongNotFoundError,
    GongPlannedStop,
    GongProtocolError,
    GongQuotaExceeded,
    GongRedirectError,
    GongRequestError,
    GongServerError,
    GongTooManyDeletions,
    GongTooManyRejected,
    GongUnreachableError,
    WriteOutcomeUnknown,
)
from gong_source.importing import imported_later
from gong_source.version import __version__ as __version__

if sys.platform == "linux":
    # arrow looks at this when it is loaded: mimalloc, its own choice, keeps some 60 MB of freed pages for good
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")

if TYPE_CHECKING:
    from gong_source.api import GongClient
    from gong_source.config import GongCredentials, GongSettings
    from gong_source.source import gong_source

__all__ = [
    "GongArgumentError",
    "GongAuthError",
    "GongBadRequestError",
    "GongClient",
    "GongConfigError",
    "GongConnectionError",
    "GongCredentials",
    "GongCursorExpired",
    "GongDestinationError",
    "GongDuplicateError",
    "GongError",
    "GongFolderError",
    "GongForbiddenError",
    "GongKeyRefusedError",
    "GongLoadError",
    "GongLockedError",
    "GongMovedError",
    "GongNotFoundError",
    "GongPlannedStop",
    "GongProtocolError",
    "GongQuotaExceeded",
    "GongRedirectError",
    "GongRequestError",
    "GongServerError",
    "GongSettings",
    "GongTooManyDeletions",
    "GongTooManyRejected",
    "GongUnreachableError",
    "WriteOutcomeUnknown",
    "gong_source",
]

if not TYPE_CHECKING:  # which would take any name
    __getattr__ = imported_later(
        __name__,  # dlt, arrow and DuckDB take half a second
        {"GongClient": "api", "GongCredentials": "config", "GongSettings": "config", "gong_source": "source"},
    )


def __dir__() -> list[str]:
    """What can be asked for."""
    return sorted({*globals(), *__all__})
