"""Views for the people who read the data: calls with names in place of ids, transcripts with speakers, weeks of a rep.

Each is a file in ``sql/``, written in DuckDB's dialect; other warehouses are told the same in theirs.
"""

from __future__ import annotations

from gong_source.views.catalog import View, view_names, views
from gong_source.views.create import create_views, keep_views, require_views

__all__ = ["View", "create_views", "keep_views", "require_views", "view_names", "views"]
