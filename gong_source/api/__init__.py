"""The client: requests with their retries, page walks, reads by name, raw requests. For several threads."""

from __future__ import annotations

from gong_source.api.client import GongClient
from gong_source.api.multipart import FilePart
from gong_source.api.times import Moment, gong_time
from gong_source.api.walk import JsonDict, Page

__all__ = ["FilePart", "GongClient", "JsonDict", "Moment", "Page", "gong_time"]
