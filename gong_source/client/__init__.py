"""The client: requests with their retries, page walks, reads by name, raw requests. For several threads."""

from __future__ import annotations

from gong_source.client.gong import GongClient
from gong_source.client.times import Moment, gong_time
from gong_source.client.walk import JsonDict, Page
from gong_source.transport import FilePart

__all__ = ["FilePart", "GongClient", "JsonDict", "Moment", "Page", "gong_time"]
