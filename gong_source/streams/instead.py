"""What dlt lets users set of a resource and a stream can't be told, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

INSTEAD: Mapping[str, str] = {
    "table_name": "its tables keep their names, as what is stored in them decides what is read: "
    "load into another dataset (the dataset_name of dlt.pipeline), or make a view with the name.",
    "parent_table_name": "its lists are tables with the parent's key in a column of its own: join by that.",
    "primary_key": "its rows are told apart by Gong's own ids: leave the key out.",
    "merge_key": "its rows are replaced by Gong's own ids: leave the key out.",
    "incremental": "what was read is remembered as ranges of time: "
    "set start_date and end_date, and lookback_days for how late rows may come.",
    "nested_hints": "its lists are tables of their own: "
    'name one in apply_hints(table_name="...", create_table_variant=True, ...).',
    "table_format": "its rows are merged into tables of the destination's own: leave the format out.",
}
"""What a stream can't be told, and what to do instead."""

KEYS = ("primary_key", "merge_key", "hard_delete", "dedup_sort", "row_key", "parent_key", "root_key")
"""Hints of columns by which dlt tells rows apart, or chooses which of them stay."""
