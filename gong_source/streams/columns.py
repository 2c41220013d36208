"""What is to be said of ``exclude_columns`` before anything is asked."""

from __future__ import annotations

import logging

from gong_source.config import GongSettings
from gong_source.errors import GongConfigError
from gong_source.streams.table import StreamTable
from gong_source.tables import TABLES
from gong_source.tables.excluded import undocumented

logger = logging.getLogger("gong_source")

SETTING = "exclude_columns"


def column_notices(settings: GongSettings, streams: StreamTable) -> dict[str, BaseException]:
    """A notice of the excluded columns that no table documents, under the setting's name; it is logged too.

    Args:
        settings: At hand.
        streams: All that there are; their tables count beside the product's own.

    Raises:
        GongConfigError: A column is misspelt, or can't be left out.
    """
    names = undocumented(settings.exclude_columns or (), dict.fromkeys([*TABLES, *streams.tables]))
    if not names:
        return {}
    error = GongConfigError(
        f"No such column is documented: {', '.join(names)}. It is left out if Gong sends a field of that name; "
        "docs/tables.md has the columns that there are."
    )
    logger.warning("%s: %s", SETTING, error)
    return {SETTING: error}
