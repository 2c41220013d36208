"""What a column of the destination is: dlt names a type that it never makes after one of its own that holds more."""

from __future__ import annotations

from typing import Any

from dlt.destinations.job_client_impl import SqlJobClientBase

TEXTS = frozenset({"TEXT", "VARCHAR", "STRING", "CHARACTER VARYING", "CITEXT"})
"""Types that hold any text; whatever else dlt takes for text is a type that it does not know, such as an ENUM."""

NARROW = frozenset({"TINYINT", "SMALLINT", "INTEGER", "TIMESTAMP_S", "TIMESTAMP_MS"})
"""Types that hold less than what dlt takes them for; a load into them fails, or cuts."""

DIGITS = 19
"""Of the greatest whole numbers that are loaded; a decimal with fewer before its point does not hold them."""

LENGTH = "WHEN character_maximum_length < {longest} THEN data_type || '(' || character_maximum_length || ')'"
MICROSECONDS = (
    "WHEN datetime_precision < 6 AND data_type IN ('timestamp with time zone', 'timestamp without time zone') "
    "THEN data_type || '(' || datetime_precision || ')'"
)

ASKED = {
    "postgres": f"CASE {LENGTH} {MICROSECONDS} WHEN data_type = 'USER-DEFINED' THEN udt_name ELSE data_type END",
    "snowflake": f"CASE {LENGTH} ELSE data_type END",
}
"""SQL for a type with its length, or the digits of its seconds, which dlt does not ask for."""


def tell_types(client: SqlJobClientBase, kind: str) -> SqlJobClientBase:
    """Have a client tell types that somebody gave a column by hand by their own names, where dlt's would not hold.

    Args:
        client: Of dlt.
        kind: Type of its destination.
    """
    of_dlt = client._from_db_type

    def told(db_type: str, precision: int | None, scale: int | None) -> Any:
        found = of_dlt(db_type, precision, scale)
        name = db_type.upper()
        if found.get("data_type") == "decimal":
            digits, after = found.get("precision"), found.get("scale") or 0
            is_short = digits is not None and digits - after < DIGITS
            return {**found, "data_type": f"{name.partition('(')[0]}({digits},{after})"} if is_short else found
        unknown = found.get("data_type") == "text" and name not in TEXTS
        return {**found, "data_type": name} if unknown or name in NARROW else found

    client._from_db_type = told  # type: ignore[method-assign]
    if kind in ASKED:
        longest = client.capabilities.max_text_data_type_length
        fields = client._get_storage_table_query_columns()
        asked = [ASKED[kind].format(longest=longest) if field == "data_type" else field for field in fields]
        client._get_storage_table_query_columns = lambda: asked  # type: ignore[method-assign]
    return client
