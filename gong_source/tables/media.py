"""The table of recordings that were downloaded."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, load_id, text

CALL_MEDIA = Table(
    "call_media",
    "a recording of a call that was downloaded",
    (
        text("call_id", doc="Joins `calls.id`.", required=True),
        text("kind", doc="audio or video.", required=True),
        text("path", doc="Path of the file, or its URL in a bucket; it is named by the call's id.", required=True),
        Column("size_bytes", "bigint", doc="Bytes of the file.", required=True),
        text("sha256", doc="Of the file, in hexadecimal digits."),
        text("content_type", doc="As Gong's host tells it, such as audio/mpeg."),
        Column("downloaded_at", "timestamp", doc="When the file was whole."),
        load_id(),
    ),
    primary_key=("call_id", "kind"),
    key="`call_id` + `kind`",
    file="path",
)
