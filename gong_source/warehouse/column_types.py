"""What a column of the destination is: dlt names a type that it never makes after one of its own that holds more."""

from __future__ import annotations

from typing import Any

from dlt.destinations.job_client_impl import SqlJobClientBase

TEXTS = frozenset({"TEXT", "VARCHAR", "STRING", "CHARACTER VARYING"})
"""Types that hold any text; whatever else dlt takes for text is a type that it does not know, such as an ENUM."""

NARROW = frozenset({"TINYINT", "SMALLINT", "INTEGER", "TIMESTAMP_S", "TIMESTAMP_MS"})
"""Types that hold less than what dlt takes them for; a load into them fails, or cuts."""


def tell_types(client: SqlJobClientBase) -> SqlJobClientBase:
    """Have a client tell types that somebody gave a column by hand by their own names, where dlt's would not hold.

    Args:
        client: Of dlt.
    """
    of_dlt = client._from_db_type

    def told(db_type: str, precision: int | None, scale: int | None) -> Any:
        kind = of_dlt(db_type, precision, scale)
        name = db_type.upper()
        unknown = kind.get("data_type") == "text" and name not in TEXTS
        return {**kind, "data_type": name} if unknown or name in NARROW else kind

    client._from_db_type = told  # type: ignore[method-assign]
    return client
