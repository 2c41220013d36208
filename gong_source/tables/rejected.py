"""The table of records that could not be loaded; no load package carries its rows, so dlt's schema does not know it."""

from __future__ import annotations

from gong_source.tables.model import Column, Table

REJECTED = Table(
    "_gong_rejected",
    "a record that could not be loaded",
    (
        Column("id", "text", doc="Tells rows apart.", required=True),
        Column("stream", "text", doc="Stream that it would belong to.", required=True),
        Column("record_id", "text", doc="Its id where it has one, else `#` and a hash of it.", required=True),
        Column(
            "selection",
            "text",
            doc="What it was listed for: a workspace, a type of log, a record of another stream; `*` for all.",
            required=True,
        ),
        Column("range_start", "timestamp", doc="Start of the range that was asked for; NULL where there is none."),
        Column("range_end", "timestamp", doc="End of that range, exclusive."),
        Column("reason", "text", doc="Why it could not be loaded, and why its JSON is left out or cut, where it is."),
        Column(
            "raw",
            "text",
            doc="The record as JSON, with personal values as `pii` says. NULL where it mentions somebody who was "
            "purged, may be a private call that is not wanted, or holds one of `exclude_columns`.",
        ),
        Column("rejected_at", "timestamp", doc="When it was first set aside.", required=True),
    ),
    primary_key=("id",),
    key="`id`",
    purged="delete",
)
