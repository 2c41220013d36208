"""A page of charts over the views, in one file that asks nobody for anything."""

from __future__ import annotations

from gong_source.views.report.page import write_report

__all__ = ["write_report"]
